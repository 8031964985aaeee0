#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds, installs and uses Bisque with the lines that stand in the README: install.py BUILD-DIRECTORY [TEST...]

What needs a build folder of its own shares cargo's with BUILD-DIRECTORY, so that nothing is compiled twice.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/python"))
from run_examples import Guest, free_port  # noqa: E402

BUILD = Path()
README = (ROOT / "README.md").read_text()
# What sudo gives to a command on Debian: cargo is not in it.
SECURE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def readme_line(pattern):
    """The indented line of the README that the pattern finds."""
    found = re.search(r"^    (" + pattern + r")$", README, re.M)
    if not found:
        raise AssertionError(f"the README has no line {pattern}")
    return found[1]


def run(command, status=0, **options):
    """Runs a shell line; gives what it writes."""
    done = subprocess.run(command, shell=isinstance(command, str), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", stdin=subprocess.DEVNULL, **options)
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def script(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)


def fresh(name):
    place = BUILD / "check-install" / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


def files_below(place):
    return {path for path in place.rglob("*") if not path.is_dir() or path.is_symlink()}


def option(name):
    text = run(["meson", "introspect", str(BUILD), "--buildoptions"])
    return re.search(r'"name": "%s", "value": "?([^",]*)' % name, text)[1]


class Staged(unittest.TestCase):
    """The README's install line, in front of which stands a DESTDIR; and what it has installed."""

    @classmethod
    def setUpClass(cls):
        cls.tools, cls.place = fresh("tools"), fresh("root")
        cls.words = f"BUILD={shlex.quote(str(BUILD))} DESTDIR={shlex.quote(str(cls.place))}"
        # sudo as Debian's: another PATH and a clean environment. Whoever calls cargo in it is found out.
        script(cls.tools / "none/cargo", f"echo called >{cls.tools}/cargo-was-called", "exit 127")
        script(cls.tools / "sudo", f'case "$1" in make) set -- "$@" {cls.words} ;; ldconfig) exit 0 ;; esac',
               f'exec env -i HOME=/nowhere PATH={cls.tools}/none:{SECURE_PATH} "$@"')
        line = readme_line(r"make && sudo make install.*")
        cls.output = run(re.sub(r"^make\b", f"make {cls.words}", line), cwd=ROOT,
                         env=os.environ | {"PATH": f"{cls.tools}:{os.environ['PATH']}"})
        cls.library = next(cls.place.rglob("libbisque-3.0.so.0"))
        cls.prefix = str(cls.place) + option("prefix")
        # The pkg-config files know nothing of DESTDIR.
        cls.packages = cls.tools / "pkgconfig"
        cls.packages.mkdir()
        for package in cls.place.rglob("*.pc"):
            (cls.packages / package.name).write_text(re.sub("^prefix=.*", f"prefix={cls.prefix}", package.read_text(), flags=re.M))
        cls.env = os.environ | {"PKG_CONFIG_PATH": str(cls.packages), "LD_LIBRARY_PATH": str(cls.library.parent)}

    def test_sudo_make_install_calls_no_cargo(self):
        self.assertFalse((self.tools / "cargo-was-called").exists())

    def test_everything_is_installed(self):
        names = {path.name for path in files_below(self.place)}
        wanted = {"libbisque-3.0.so.0", "bisque-3.0.pc", "soup.h", "soup-types.h", "soup-session.h", "bisque.h", "websocket.h",
                  "libwebsocket-component.so.0", "bisque-check"}
        if option("introspection") == "true":
            wanted |= {"Soup-3.0.gir", "Soup-3.0.typelib"}
        self.assertEqual(wanted - names, set())

    def test_the_packages_take_all_that_is_installed(self):
        """Debian's lists and the RPM's; the build rules of both remove the component's static library."""
        libdir = option("libdir")
        files = {re.sub(f"^{libdir}/", "lib/*/", str(path.relative_to(self.prefix))) for path in files_below(Path(self.prefix))}
        files -= {"lib/*/libwebsocket-component.a"}
        debian = "\n".join(path.read_text() for path in (ROOT / "packaging/debian").glob("*.install"))
        spec = (ROOT / "packaging/rpm/bisque.spec").read_text()
        rpm = spec[spec.index("\n%files\n"):].replace("%{api}", "3.0")
        for macro, place in {"libdir": "lib/*", "includedir": "include", "datadir": "share", "bindir": "bin", "mandir": "share/man"}.items():
            rpm = rpm.replace("%{_" + macro + "}", "usr/" + place)
        for text in (debian, rpm):
            patterns = [line.removeprefix("usr/") for line in text.splitlines() if line.startswith("usr/")]
            left = {file for file in files if not any(fnmatch(file, pattern + end) for pattern in patterns for end in ("", "/*"))}
            self.assertEqual(left, set())

    def test_the_first_program(self):
        place, port = fresh("first"), free_port()
        source = re.search(r"^```c\n(.*?)^```$", README, re.M | re.S)[1]
        self.assertIn("8080", source)
        (place / "first.c").write_text(source.replace("8080", str(port)))
        run(readme_line(r"cc first\.c .*") + " -Wall -Werror", cwd=place, env=self.env)
        self.assertIn(str(self.library), run(["ldd", "./first"], cwd=place, env=self.env))
        with subprocess.Popen(["./first"], cwd=place, env=self.env, stdout=subprocess.PIPE, text=True) as program:
            self.addCleanup(program.kill)
            self.assertIn(str(port), program.stdout.readline())
            guest = Guest(port, "/")
            guest.say("hello")
            self.assertEqual(guest.hear(), "hello")
            guest.close()
            # A second one finds the port taken, says so, and fails.
            self.assertIn(str(port), run("./first", status=1, cwd=place, env=self.env))
            program.kill()

    def test_the_typelib_is_found_as_the_readme_says(self):
        if option("introspection") != "true":
            self.skipTest("without introspection")
        export = readme_line(r"export GI_TYPELIB_PATH=.*")
        check = readme_line(r"python3 -c .*")
        if subprocess.run(["/usr/bin/python3", "-c", "import gi"], capture_output=True).returncode != 0:
            self.skipTest("PyGObject is not installed")
        output = run(export + "\n" + re.sub("^python3", "/usr/bin/python3", check), env=self.env)
        self.assertIn(str(self.place), output)

    def test_a_program_of_the_component(self):
        place = fresh("component")
        run(f"cc {ROOT}/c-examples/component-client.c -o component-client -Wall -Werror"
            " $(pkg-config --cflags --libs websocket-component)", cwd=place, env=self.env)
        self.assertIn("usage: ", run("./component-client", status=2, cwd=place, env=self.env))

    def test_every_name_of_libsoup_can_be_checked(self):
        place = fresh("needs")
        (place / "plugin.c").write_text("void soup_no_such_function (void); void *soup_session_new (void);\n"
                                        "void *use (void) { soup_no_such_function (); return soup_session_new (); }\n")
        run("cc -shared -fPIC plugin.c -o plugin.so", cwd=place)
        (place / "good.py").write_text("from gi.repository import Soup\nSoup.Session().websocket_connect_async()\n")
        (place / "bad.js").write_text("const { Soup } = imports.gi;\nnew Soup.NoSuchThing();\n")
        check = next(self.place.rglob("bisque-check"))
        command = [sys.executable, str(check), "--library", str(self.library)]
        output = run([*command, "plugin.so", "good.py"], status=1, cwd=place)
        self.assertIn("plugin.so: 1 of 2 names are missing\n  soup_no_such_function\n", output)
        self.assertIn("good.py: all 1 names", output)
        self.assertIn("soup_no_such_thing_get_type", run([*command, "bad.js"], status=1, cwd=place))
        self.assertIn("No such file", run([*command, "absent"], status=2, cwd=place))

    @classmethod
    def tearDownClass(cls):
        """Uninstalling comes last, and leaves nothing."""
        run(f"make uninstall {cls.words}", cwd=ROOT)
        left = files_below(cls.place)
        assert not left, f"make uninstall leaves {left}"


class OwnFolder(unittest.TestCase):
    """A build folder elsewhere, with a prefix of its own and a static library."""

    @classmethod
    def setUpClass(cls):
        cls.build, cls.prefix = fresh("build"), fresh("prefix")
        cls.env = os.environ | {"CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(BUILD / "cargo"))}
        flags = "-Dtests=false -Dexamples=false -Dintrospection=false -Dvapi=disabled -Ddefault_library=both"
        cls.words = f"BUILD={cls.build} PREFIX={cls.prefix} LIBDIR=lib"
        cls.output = run(f"make {cls.words} PROFILE={option('profile')} MESON_FLAGS='{flags}'", cwd=ROOT, env=cls.env)

    def test_the_build_says_nothing_bad_and_is_current_afterwards(self):
        self.assertNotIn("warning:", self.output)
        self.assertRegex(self.output, r"Finished `|\[\d+/\d+\]")
        script(self.build / "none/cargo", "exit 99")
        again = run(f"make {self.words}", cwd=ROOT, env=self.env | {"PATH": f"{self.build}/none:{os.environ['PATH']}"})
        self.assertIn("no work to do", again)

    def test_a_prefix(self):
        output = run(f"make install {self.words}", cwd=ROOT)
        self.assertIn(f"export LD_LIBRARY_PATH={self.prefix}/lib", output)
        self.assertIn(f"export PKG_CONFIG_PATH={self.prefix}/lib/pkgconfig", output)
        env = os.environ | {"PKG_CONFIG_PATH": f"{self.prefix}/lib/pkgconfig"}
        self.assertEqual(run("pkg-config --variable=typelibdir bisque-3.0", env=env).strip(),
                         f"{self.prefix}/lib/bisque-3.0/girepository-1.0")
        run("pkg-config --atleast-version=3.8 bisque-3.0", env=env)

        # The static library, without the shared one beside it.
        self.link_statically(fresh("static"), env)

        # Another prefix, when all is built.
        other = fresh("other")
        words = self.words.replace(str(self.prefix), str(other))
        run(f"make install {words}", cwd=ROOT)
        self.assertTrue((other / "lib/libbisque-3.0.a").exists())
        self.assertIn(f"prefix={other}\n", (other / "lib/pkgconfig/bisque-3.0.pc").read_text())
        for prefix in (other, self.prefix):
            run(f"make uninstall {words}".replace(str(other), str(prefix)), cwd=ROOT)
            self.assertEqual(files_below(prefix), set())

    def link_statically(self, place, env):
        (place / "program.c").write_text(
            "#include <libsoup/soup.h>\n#include <stdio.h>\nint main (void) { g_autoptr (SoupSession) session = soup_session_new ();"
            ' printf ("%u.%u\\n", soup_get_major_version (), soup_get_minor_version ()); return !session; }\n')
        shutil.copy(self.prefix / "lib/libbisque-3.0.a", place)
        pc = (self.prefix / "lib/pkgconfig/bisque-3.0.pc").read_text()
        needs = {name: re.search(rf"^{name}: (.*)$", pc, re.M)[1].replace(",", "") for name in ("Requires.private", "Libs.private")}
        run("cc program.c -o program $(pkg-config --cflags bisque-3.0) -L. -Wl,-Bstatic -lbisque-3.0 -Wl,-Bdynamic"
            f" $(pkg-config --static --libs gio-2.0 {needs['Requires.private']}) {needs['Libs.private']}", cwd=place, env=env)
        self.assertNotIn("libbisque", run(["ldd", "./program"], cwd=place))
        self.assertEqual(run("./program", cwd=place), "3.8\n")
        self.assertIn("refuse_rivals", run(["nm", "./program"], cwd=place))  # a local name, linked all the same

    def test_no_path_of_this_machine_is_in_the_library(self):
        library = self.build / "libbisque-3.0.so.0.8.0"
        data = library.resolve().read_bytes()
        for path in (str(ROOT), str(self.build), os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")):
            self.assertNotIn(path.encode() + b"/", data)

    def test_a_subproject(self):
        place = fresh("subproject")
        page = (ROOT / "docs/getting-started.md").read_text()
        wrap = re.search(r"^```ini\n(\[wrap-git\].*?)^```$", page, re.M | re.S)[1]
        lines = re.search(r"^```meson\n(.*?)^```$", page, re.M | re.S)[1]
        (place / "subprojects").mkdir()
        (place / "subprojects/bisque.wrap").write_text(wrap)
        (place / "subprojects/bisque").symlink_to(ROOT)  # instead of the download
        (place / "meson.build").write_text(lines)
        (place / "first.c").write_text("#include <libsoup/soup.h>\nint main (void) { return soup_get_major_version () != 3; }\n")
        run(["meson", "setup", "build", "--force-fallback-for=bisque-3.0", "-Dbisque:introspection=false",
             f"-Dbisque:profile={option('profile')}"], cwd=place, env=self.env)
        run(["ninja", "-C", "build", "first"], cwd=place, env=self.env)
        run("build/first", cwd=place)


class Cargo(unittest.TestCase):
    """What meson tells cargo; a cargo that only writes it down."""

    def test_target_and_profile(self):
        for flags, wanted, directory in [
            (["--buildtype=debug"], ["--profile dev"], "debug"),
            (["--buildtype=release"], ["--profile release"], "release"),
            (["-Dprofile=dev", "--cross-file", "cross.ini"], ["--profile dev", "--target riscv64gc-unknown-linux-gnu"],
             "riscv64gc-unknown-linux-gnu/debug"),
        ]:
            place = fresh("cargo")
            script(place / "bin/cargo", f'echo "$@" >>{place}/arguments',
                   f"env >{place}/environment", f'mkdir -p "$CARGO_TARGET_DIR/{directory}"',
                   f'cd "$CARGO_TARGET_DIR/{directory}"', "cp " + str(BUILD / "libbisque.a") + " libbisque.a",
                   "echo libbisque.a: >libbisque.d")
            # The compiler of this machine, said to be another's.
            (place / "cross.ini").write_text(
                "[binaries]\nc = 'cc'\ncpp = 'c++'\nar = 'ar'\npkgconfig = 'pkg-config'\n[host_machine]\nsystem = 'linux'\n"
                "cpu_family = 'riscv64'\ncpu = 'riscv64'\nendian = 'little'\n"
                "[properties]\nneeds_exe_wrapper = true\nrust_target = 'riscv64gc-unknown-linux-gnu'\n")
            env = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
            env["PATH"] = f"{place}/bin:{env['PATH']}"
            run(["meson", "setup", "build", str(ROOT), "-Dtests=false", "-Dexamples=false", "-Dintrospection=false", *flags],
                cwd=place, env=env)
            run(["ninja", "-C", "build", "libbisque.a"], cwd=place, env=env)
            arguments = (place / "arguments").read_text()
            for words in wanted:
                self.assertIn(words, arguments)
            environment = (place / "environment").read_text()
            self.assertIn(f"CARGO_TARGET_DIR={place}/build/cargo\n", environment)
            self.assertIn("--remap-path-prefix=", environment)
            if "--target" in arguments:
                self.assertIn("CC_riscv64gc_unknown_linux_gnu=cc\n", environment)
                self.assertIn("PKG_CONFIG_ALLOW_CROSS=1\n", environment)


class Commands(unittest.TestCase):
    def test_help(self):
        output = run("make help", cwd=ROOT)
        for target in re.findall(r"^([a-z-]+):(?! \$\(BUILD\)/build.ninja$)", (ROOT / "Makefile").read_text(), re.M):
            self.assertIn(f"make {target} ", output)

    def test_make_says_what_is_missing_and_installs_nothing(self):
        place = fresh("bare")
        for tool in ("sh", "sed", "dirname", "uname"):
            (place / tool).symlink_to(shutil.which(tool))
        for tool in ("apt-get", "dpkg-query", "sudo"):
            script(place / tool, f"echo {tool} >>{place}/called")
        script(place / "cargo")
        output = run(["build-aux/setup.sh", "--look", "build"], status=1, cwd=ROOT, env={"PATH": str(place)})
        self.assertRegex(output, r"missing:.* meson ninja")
        self.assertIn("sudo apt-get install", output)
        self.assertFalse((place / "called").exists())
        (place / "cargo").unlink()
        self.assertIn("https://rustup.rs", run(["build-aux/setup.sh", "--look", "build"], status=1, cwd=ROOT, env={"PATH": str(place)}))

    def test_installing_before_building(self):
        place = fresh("empty")
        self.assertIn("run 'make' first", run(f"make install BUILD={place}", status=2, cwd=ROOT))


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=1)
