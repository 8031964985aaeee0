"""npm packages for the peers that run on Node, installed below the build folder."""

import os
import shutil

from support import BUILD, call, run_once

# puppeteer-core 25 asks for Node 22; Debian 12 has 18.
WANTED = ["ws@8", "puppeteer-core@23"]
FOLDER = BUILD / "interop" / "node"


def install():
    """Whether there is Node, with the packages."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False

    def by_npm():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        call(["npm", "install", "--prefix", FOLDER, "--no-audit", "--no-fund", "--ignore-scripts", *WANTED])

    run_once(FOLDER / "installed", " ".join(WANTED), by_npm)
    # Where the peers' require() looks, for they stand elsewhere.
    os.environ["NODE_PATH"] = str(FOLDER / "node_modules")
    return True
