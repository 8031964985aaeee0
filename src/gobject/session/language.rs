//! The Accept-Language header of the user's own languages (RFC 9110, section 12.5.4).

/// The languages that the environment says the user reads, first the best one.
pub(in crate::gobject) fn from_environment() -> String {
    let names = glib::language_names();
    header(names.iter().map(|name| name.as_str()))
}

/// The header for POSIX's names of languages.
fn header<'a>(names: impl Iterator<Item = &'a str>) -> String {
    // Names with a charset or a variant come once more without.
    let plain = names.filter(|name| *name != "C" && !name.contains(['.', '@']));
    let tags: Vec<String> = plain
        .map(|name| name.to_ascii_lowercase().replace('_', "-"))
        .collect();
    let step = match tags.len() {
        ..10 => 10,
        10..20 => 5,
        _ => 1,
    };
    let mut header = String::new();
    for (tag, weight) in tags.iter().zip((1..=100_u32).rev().step_by(step)) {
        if header.is_empty() {
            header.push_str(tag);
        } else {
            let digits = format!("{weight:02}");
            header.push_str(&format!(", {tag};q=0.{}", digits.trim_end_matches('0')));
        }
    }
    if header.is_empty() {
        "en".to_owned()
    } else {
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_in_steps() {
        let of = |names: &[&str]| header(names.iter().copied());
        assert_eq!(of(&["de_DE", "de", "en", "C"]), "de-de, de;q=0.9, en;q=0.8");
        assert_eq!(of(&["pt_BR.UTF-8", "pt_BR", "sr@latin", "C"]), "pt-br");
        assert_eq!(of(&["C"]), "en");
        assert!(of(&["x"; 12]).starts_with("x, x;q=0.95, x;q=0.9, x;q=0.85"));
        assert!(of(&["x"; 30]).ends_with("x;q=0.72, x;q=0.71"));
    }
}
