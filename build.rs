//! Keeps `include/libsoup/soup.h` what `src/capi` says, and compiles the few functions that only C can define.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for input in ["build.rs", "cbindgen.toml", "src/capi", "include/libsoup/soup.h"] {
        println!("cargo:rerun-if-changed={input}");
    }
    let header = generate(&root);
    fs::write(out.join("soup.h"), &header).expect("OUT_DIR is writable");
    refresh(&root.join("include/libsoup/soup.h"), &header);
    compile_c();
    link_gssapi();
}

/// The header's text. Functions stand in the order of capi's modules, and within one in the order of its source.
fn generate(root: &Path) -> String {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let mut builder = cbindgen::Builder::new();
    let mut by_hand = Vec::new();
    for path in sources(&root.join("src/capi")) {
        let source = fs::read_to_string(&path).unwrap_or_default();
        if !source.contains("extern \"C\" fn soup_") {
            continue;
        }
        // soup-types.h declares them, most of them inside G_DECLARE_*.
        by_hand.extend(
            exported(&source)
                .filter(|name| name.ends_with("_get_type"))
                .map(str::to_owned),
        );
        builder = builder.with_src(path);
    }
    config.export.exclude.extend(by_hand);
    let mut text = Vec::new();
    match builder.with_config(config).generate() {
        Ok(bindings) => bindings.write(&mut text),
        Err(error) => panic!("cbindgen: {error}"),
    }
    in_glib_words(&String::from_utf8(text).expect("cbindgen writes UTF-8"))
}

/// The source files of the modules that a folder's `mod.rs` declares, in that order. A `mod.rs` defines no function itself:
/// cbindgen would follow its modules, and print them twice.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let own = folder.join("mod.rs");
    let text = fs::read_to_string(&own).unwrap_or_else(|error| panic!("{}: {error}", own.display()));
    let mut paths = Vec::new();
    for name in text.lines().filter_map(module_name) {
        let file = folder.join(format!("{name}.rs"));
        match file.exists() {
            true => paths.push(file),
            false => paths.extend(sources(&folder.join(name))),
        }
    }
    paths
}

/// The name in a line that declares a module, `pub mod name;`.
fn module_name(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix("pub ")
        .unwrap_or(line)
        .strip_prefix("mod ")?
        .strip_suffix(';')
}

/// The names of the C functions that a source file defines.
fn exported(source: &str) -> impl Iterator<Item = &str> {
    source
        .split("extern \"C\" fn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
}

/// GLib's names for the integers, and the line with the function's name that opens a gtk-doc comment.
fn in_glib_words(header: &str) -> String {
    let mut text = String::with_capacity(header.len() + header.len() / 8);
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line != "/**" {
            push_line(&mut text, &glib_integers(line));
            continue;
        }
        let comment: Vec<&str> = lines.by_ref().take_while(|line| *line != " */").collect();
        let prototype = lines.next().unwrap_or_default();
        let name = prototype
            .split('(')
            .next()
            .and_then(|head| head.rsplit([' ', '*']).next())
            .unwrap_or_default();
        push_line(&mut text, "/**");
        // A comment opens with the name itself where an annotation belongs to the function.
        let own = format!("{name}:");
        if !comment
            .first()
            .is_some_and(|first| first.trim_start_matches([' ', '*']).starts_with(&own))
        {
            push_line(&mut text, &format!(" * {own}"));
        }
        for line in comment {
            push_line(&mut text, line.trim_end());
        }
        push_line(&mut text, " */");
        push_line(&mut text, &glib_integers(prototype));
    }
    text
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A prototype's line with GLib's names for the integers, in case a signature used Rust's.
fn glib_integers(line: &str) -> String {
    let names = [
        ("uint8_t", "guint8"),
        ("uint16_t", "guint16"),
        ("uint32_t", "guint32"),
        ("uint64_t", "guint64"),
        ("int64_t", "gint64"),
        ("uintptr_t", "gsize"),
        ("intptr_t", "gssize"),
        ("size_t", "gsize"),
    ];
    let mut line = line.to_owned();
    for (c, glib) in names {
        line = line.replace(c, glib);
    }
    line.replace("sgsize", "gssize")
}

/// Writes the checked-in header when the sources give another. In a source tree that cannot be written the old one
/// stays; `tests/header.rs` is what fails then.
fn refresh(path: &Path, header: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == header) {
        return;
    }
    if let Err(error) = fs::write(path, header) {
        println!(
            "cargo:warning={} is not current and cannot be written: {error}",
            path.display()
        );
    }
}

/// src/capi/variadic.c: stable Rust cannot define a C-variadic function.
fn compile_c() {
    let glib = pkg_config::Config::new()
        .cargo_metadata(false)
        .probe("gio-2.0")
        .expect("gio-2.0's pkg-config file");
    println!("cargo:rerun-if-changed=include");
    cc::Build::new()
        .file("src/capi/variadic.c")
        .include("include")
        .includes(glib.include_paths)
        .warnings(true)
        .extra_warnings(true)
        .flag_if_supported("-std=gnu11")
        .compile("bisque_variadic");
}

/// The declarations of src/gobject/features/auth/gssapi.rs are found in the system's library. An archive leaves that to meson.
fn link_gssapi() {
    if env::var_os("CARGO_FEATURE_GSSAPI").is_some() {
        pkg_config::Config::new()
            .probe("krb5-gssapi")
            .expect("krb5-gssapi's pkg-config file");
    }
}
