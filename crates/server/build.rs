//! The web UI is part of the binary: a fresh one must lead to a fresh build.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
