//! `config.example.toml`, which ships inside the program.

use std::sync::LazyLock;

/// Every key with its default, commented out.
pub const TEMPLATE: &str = include_str!("../../config.example.toml");

static KEYS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut table = String::new();
    let mut keys = vec![];
    for line in uncommented().lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.split(']').next().unwrap_or_default().trim_start_matches('[').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push((table.clone(), key.trim().to_owned()));
        }
    }
    keys
});

/// Table (empty at the top of the file) and name of every key, in the template's order.
pub fn keys() -> &'static [(String, String)] {
    &KEYS
}

/// The template with every key switched on. `#key` is a key, `# text` is prose.
pub fn uncommented() -> String {
    let mut out = String::new();
    for line in TEMPLATE.lines() {
        match line.strip_prefix('#') {
            Some(prose) if prose.is_empty() || prose.starts_with([' ', '#']) => {}
            Some(key) => out.push_str(key),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
