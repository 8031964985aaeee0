//! Netscape's text format of a jar, as libsoup, curl and browsers write it: a line a cookie, fields between tabs.

use super::{Cookie, SameSite};

/// What a file begins with.
pub const HEAD: &str = "# HTTP Cookie File\n# Written by a program: changes made by hand are lost.\n\n";

/// What stands before the domain of a cookie that is hidden from scripts.
const HTTP_ONLY: &str = "#HttpOnly_";

/// The cookie's line, with its end. `None` for one that ends with the session, or that no line can hold.
pub fn write(cookie: &Cookie) -> Option<String> {
    let (expires, domain) = (cookie.expires?, cookie.domain.as_deref()?);
    let path = cookie.path.as_deref().unwrap_or("/");
    let fields = [domain, path, &cookie.name, &cookie.value];
    if fields.iter().any(|field| field.contains(['\t', '\n', '\r'])) {
        return None;
    }
    let flag = |is: bool| if is { "TRUE" } else { "FALSE" };
    let (http_only, below) = (
        if cookie.http_only { HTTP_ONLY } else { "" },
        flag(domain.starts_with('.')),
    );
    let (secure, name, value) = (flag(cookie.secure), &cookie.name, &cookie.value);
    let same_site = match cookie.same_site {
        SameSite::None => "None",
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
    };
    Some(format!(
        "{http_only}{domain}\t{below}\t{path}\t{secure}\t{expires}\t{name}\t{value}\t{same_site}\n"
    ))
}

/// Reads a line. `None` for comments, and for what is no cookie.
pub fn read(line: &str) -> Option<Cookie> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (http_only, line) = match line.strip_prefix(HTTP_ONLY) {
        Some(line) => (true, line),
        None => (false, line),
    };
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split('\t');
    let (domain, below, path, secure) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let (expires, name, value) = (fields.next()?, fields.next()?, fields.next()?);
    let same_site = match fields.next() {
        Some("Lax") => SameSite::Lax,
        Some("Strict") => SameSite::Strict,
        _ => SameSite::None,
    };
    // Some write the domain of a whole tree without its dot.
    let dot = if below == "TRUE" && !domain.starts_with('.') {
        "."
    } else {
        ""
    };
    (!domain.is_empty()).then_some(())?;
    Some(Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: Some(format!("{dot}{domain}")),
        path: Some(path.to_owned()),
        // 0 is how curl writes the end of a session.
        expires: Some(expires.parse().ok()?).filter(|expires| *expires != 0),
        secure: secure == "TRUE",
        http_only,
        same_site,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for line in [
            "#HttpOnly_.example.com\tTRUE\t/dir\tTRUE\t3939871777\tper\t1\tLax\n",
            "www.example.com\tFALSE\t/\tFALSE\t3939871777\t\tx y\tStrict\n",
            "www.example.com\tFALSE\t/\tFALSE\t3939871777\tn\t\tNone\n",
        ] {
            let cookie = read(line).unwrap();
            assert_eq!(write(&cookie).as_deref(), Some(line));
        }
    }

    #[test]
    fn lines_of_others() {
        let short = read("e.com\tTRUE\t/\tFALSE\t5\tn\tv\r\n").unwrap();
        assert_eq!(
            (short.domain.as_deref(), short.expires),
            (Some(".e.com"), Some(5))
        );
        assert_eq!(read("e.com\tFALSE\t/\tFALSE\t0\tn\tv").unwrap().expires, None);
        for line in [
            "",
            "# HTTP Cookie File",
            "#HttpOnly_",
            "e.com",
            "e.com\tTRUE\t/\tFALSE\tsoon\tn\tv",
            "\tTRUE\t/\tFALSE\t5\tn\tv",
            "e.com\tTRUE\t/\tFALSE\t99999999999999999999\tn\tv",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn what_no_line_holds() {
        let mut cookie = read("e.com\tTRUE\t/\tFALSE\t5\tn\tv").unwrap();
        cookie.value = "a\tb".into();
        assert_eq!(write(&cookie), None);
        cookie.value = "a\nevil.com\tTRUE".into();
        assert_eq!(write(&cookie), None);
        cookie = Cookie {
            expires: None,
            ..Cookie::default()
        };
        assert_eq!(write(&cookie), None);
    }
}
