//! Which cookies a jar takes, gives out and lets go.

use super::*;

const NOW: i64 = 1_000_000;

fn origin(host: &str) -> Origin<'_> {
    Origin {
        host,
        path: "/dir/page",
        secure: true,
    }
}

fn asked(host: &str) -> Asked<'_> {
    Asked {
        origin: origin(host),
        site: None,
        safe_method: true,
        top_level_navigation: false,
        script: false,
    }
}

fn cookie(header: &str, host: &str) -> Cookie {
    Cookie::parse(header.as_bytes(), Some(origin(host)), NOW).unwrap()
}

fn set(jar: &mut Jar, header: &str, host: &str) -> usize {
    jar.add(cookie(header, host), Setter::default(), Policy::Always, NOW)
        .len()
}

fn sent(jar: &mut Jar, asked: Asked<'_>) -> String {
    super::super::to_cookie_header(&jar.cookies_for(asked, NOW))
}

#[test]
fn longer_paths_first_then_the_older() {
    let mut jar = Jar::default();
    for header in [
        "a=1; path=/",
        "b=2; path=/dir",
        "c=3; path=/",
        "d=4; path=/other",
        "a=5; path=/",
    ] {
        assert_eq!(set(&mut jar, header, "www.example.com"), 1);
    }
    assert_eq!(sent(&mut jar, asked("www.example.com")), "b=2; a=5; c=3");
    assert_eq!(sent(&mut jar, asked("example.com")), "");
    assert_eq!((jar.len(), jar.all().len()), (4, 4));
    set(&mut jar, "e=6; path=/; domain=example.com", "www.example.com");
    assert_eq!(sent(&mut jar, asked("x.EXAMPLE.com")), "e=6");
}

#[test]
fn changes_are_told() {
    let mut jar = Jar::default();
    let one = cookie("a=1", "h.example.com");
    let two = cookie("a=2", "h.example.com");
    let gone = cookie("a=2; max-age=0", "h.example.com");
    let add =
        |jar: &mut Jar, cookie: &Cookie| jar.add(cookie.clone(), Setter::default(), Policy::Always, NOW);
    assert_eq!(add(&mut jar, &gone), []);
    assert_eq!(add(&mut jar, &one), [Change::Added(one.clone())]);
    assert_eq!(
        add(&mut jar, &two),
        [Change::Replaced {
            old: one.clone(),
            new: two.clone()
        }]
    );
    assert_eq!(add(&mut jar, &gone), [Change::Removed(two.clone())]);
    assert!(jar.is_empty() && jar.domains.is_empty());
    add(&mut jar, &one);
    assert_eq!(jar.remove(&two), Some(Change::Removed(one.clone())));
    assert_eq!(jar.remove(&two), None);
    let short = cookie("s=1; max-age=5", "h.example.com");
    add(&mut jar, &short);
    assert!(jar.cookies_for(asked("h.example.com"), NOW + 5).is_empty());
    assert_eq!(jar.expire(NOW + 4), []);
    assert_eq!(jar.expire(NOW + 5), [Change::Removed(short)]);
}

#[test]
fn cve_2025_4035_nobody_sets_cookies_for_a_public_suffix() {
    let mut jar = Jar::default();
    for (domain, kept) in [
        (".com", false),
        (".COM", false),
        ("CO.UK", false),
        (".Github.IO", false),
        (".example.com", true),
        ("localhost", true),
        ("127.0.0.1", true),
    ] {
        let cookie = Cookie {
            name: "a".into(),
            domain: Some(domain.into()),
            path: Some("/".into()),
            ..Cookie::default()
        };
        let added = jar.add(cookie, Setter::default(), Policy::Always, NOW);
        assert_eq!(added.len() == 1, kept, "{domain}");
    }
}

#[test]
fn third_parties() {
    let header = "a=b";
    for (policy, first_party, kept) in [
        (Policy::Always, None, true),
        (Policy::Always, Some("other.org"), true),
        (Policy::Never, Some("example.com"), false),
        (Policy::NoThirdParty, Some("example.com"), true),
        (Policy::NoThirdParty, Some("x.EXAMPLE.com"), true),
        (Policy::NoThirdParty, Some("other.org"), false),
        (Policy::NoThirdParty, None, false),
        (Policy::GrandfatheredThirdParty, Some("other.org"), false),
        (Policy::GrandfatheredThirdParty, Some("example.com"), true),
    ] {
        let mut jar = Jar::default();
        let setter = Setter {
            first_party,
            ..Setter::default()
        };
        let added = jar.add(cookie(header, "www.example.com"), setter, policy, NOW);
        assert_eq!(added.len() == 1, kept, "{policy:?} {first_party:?}");
    }
    let mut jar = Jar::default();
    set(&mut jar, "old=1", "www.example.com");
    let setter = Setter {
        first_party: Some("other.org"),
        ..Setter::default()
    };
    let policy = Policy::GrandfatheredThirdParty;
    assert_eq!(
        jar.add(cookie(header, "www.example.com"), setter, policy, NOW)
            .len(),
        1
    );
    let strict = cookie("s=1; samesite=strict", "www.example.com");
    assert_eq!(jar.add(strict, setter, Policy::Always, NOW), []);
}

#[test]
fn same_site_policies() {
    let mut jar = Jar::default();
    for header in [
        "n=1; path=/",
        "l=1; path=/; samesite=lax",
        "s=1; path=/; samesite=strict",
    ] {
        set(&mut jar, header, "example.com");
    }
    for (site, safe_method, top_level_navigation, wanted) in [
        (None, false, false, "n=1; l=1; s=1"),
        (Some("www.example.com"), false, false, "n=1; l=1; s=1"),
        (Some("other.org"), true, true, "n=1; l=1"),
        (Some("other.org"), false, true, "n=1"),
        (Some("other.org"), true, false, "n=1"),
    ] {
        let asked = Asked {
            site,
            safe_method,
            top_level_navigation,
            ..asked("example.com")
        };
        assert_eq!(
            sent(&mut jar, asked),
            wanted,
            "{site:?} {safe_method} {top_level_navigation}"
        );
    }
}

#[test]
fn what_is_secure_or_hidden_is_not_touched() {
    let mut jar = Jar::default();
    let insecure = Setter {
        secure: Some(false),
        ..Setter::default()
    };
    let script = Setter {
        script: true,
        ..Setter::default()
    };
    let add = |jar: &mut Jar, header: &str, setter| {
        jar.add(cookie(header, "h.com"), setter, Policy::Always, NOW)
            .len()
    };
    assert_eq!(add(&mut jar, "a=1; secure", insecure), 0);
    assert_eq!(add(&mut jar, "a=1; secure", Setter::default()), 1);
    assert_eq!(add(&mut jar, "a=2", insecure), 0);
    assert_eq!(add(&mut jar, "h=1; httponly", script), 0);
    assert_eq!(add(&mut jar, "h=1; httponly", Setter::default()), 1);
    assert_eq!(add(&mut jar, "h=2", script), 0);
    assert_eq!(add(&mut jar, "", Setter::default()), 0);
    assert_eq!(
        sent(
            &mut jar,
            Asked {
                script: true,
                ..asked("h.com")
            }
        ),
        "a=1"
    );
    let plain = Origin {
        secure: false,
        ..origin("h.com")
    };
    assert_eq!(
        sent(
            &mut jar,
            Asked {
                origin: plain,
                ..asked("h.com")
            }
        ),
        "h=1"
    );
}

#[test]
fn a_full_domain_lets_the_longest_unused_go_and_keeps_the_secure() {
    let mut jar = Jar::default();
    set(&mut jar, "s=1; secure; path=/", "h.com");
    for number in 1..limits::COOKIES_PER_DOMAIN {
        set(&mut jar, &format!("c{number}=x; path=/{number}"), "h.com");
    }
    let path = Origin {
        path: "/1",
        ..origin("h.com")
    };
    jar.cookies_for(
        Asked {
            origin: path,
            ..asked("h.com")
        },
        NOW,
    );
    let changes = jar.add(cookie("new=1", "h.com"), Setter::default(), Policy::Always, NOW);
    let [Change::Added(_), Change::Removed(gone)] = &changes[..] else {
        panic!("{changes:?}")
    };
    assert_eq!(gone.name, "c2");
    assert_eq!(jar.len(), limits::COOKIES_PER_DOMAIN);
}

#[test]
fn a_full_jar_lets_the_longest_unused_go() {
    let mut jar = Jar::default();
    for number in 0..limits::COOKIES {
        set(&mut jar, "a=b", &format!("h{number}.com"));
    }
    jar.cookies_for(asked("h0.com"), NOW);
    assert_eq!(set(&mut jar, "a=b", "last.com"), 2);
    assert_eq!(jar.len(), limits::COOKIES);
    assert_eq!(jar.cookies_for(asked("h0.com"), NOW).len(), 1);
    assert_eq!(jar.cookies_for(asked("h1.com"), NOW).len(), 0);
}
