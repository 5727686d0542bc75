use super::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "sha256:1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn read_text(text: &str) -> (Vec<CallerSettings>, Vec<(usize, String)>) {
    let root = DeTable::parse(text).expect("TOML");
    let mut problems = Vec::new();
    let tables = Section::new(root.get_ref(), 0..0, "", text, &mut problems).tables("caller");
    let callers = read_all(&tables, text, Path::new("."), &mut problems);
    (callers, problems.into_iter().map(|problem| (problem.line, problem.key)).collect())
}

#[test]
fn a_caller_is_read_with_everything_that_it_may() {
    let text = format!(
        "[[caller]]\nname = \"mot-cua\"\nkeys = [\"{DIGEST}\"]\nscopes = [\"autofill\", \"catalog:read\"]\n\
         agencies = [\"H01.*\"]\nservices = [\"1.004772\", \"field:Hộ tịch\", \"level:commune\"]\n\
         attributes = [\"*\", \"sensitive:cha.*\"]\nstrength = 2\n\
         jwt = {{ issuer = \"https://a\", audience = \"diensan\", algorithms = [\"ES256\"], keys_file = \"k.pem\" }}\n\
         client_certificates = [\"{OTHER}\", \"O=Tỉnh,CN=a\"]\n\
         quota = {{ requests_per_second = 5, citizens_per_dossier = 6 }}\n"
    );
    let (callers, problems) = read_text(&text);
    assert_eq!(problems, []);
    let caller = &callers[0];
    assert_eq!((caller.name.as_str(), caller.line, caller.keys.len()), ("mot-cua", 1, 1));
    assert_eq!(caller.scopes, [Scope::Autofill, Scope::CatalogRead]);
    assert_eq!(caller.agencies, [Pattern::Prefix("H01.".to_owned())]);
    assert_eq!(caller.services.len(), 3);
    assert_eq!(caller.certificates.len(), 2);
    assert_eq!(caller.strength, Some(2));
    assert_eq!((caller.quota.requests_per_second, caller.quota.citizens_per_dossier), (5, 6));
    assert_eq!(caller.quota.citizens_per_officer_hour, QuotaSettings::default().citizens_per_officer_hour);
}

/// A body of a caller that is good, and one line more: the line where the problem is, and its key.
#[test]
fn every_mistake_in_a_caller_is_told_with_line_and_key() {
    let good = format!("[[caller]]\nname = \"a\"\nkeys = [\"{DIGEST}\"]\n");
    let jwt = |more: &str| format!("jwt = {{ issuer = \"i\", audience = \"a\", algorithms = [\"RS256\"]{more} }}");
    let cases = [
        ("scopes = [\"admin\"]".to_owned(), 4, "caller[0].scopes"),
        ("scope = [\"autofill\"]".to_owned(), 4, "caller[0].scope"),
        ("agencies = [\"*1\"]".to_owned(), 4, "caller[0].agencies"),
        ("services = [\"level:ward\"]".to_owned(), 4, "caller[0].services"),
        ("attributes = [\"Ho\"]".to_owned(), 4, "caller[0].attributes"),
        ("client_certificates = [\"abc\"]".to_owned(), 4, "caller[0].client_certificates"),
        ("quota = { requests_per_second = 0 }".to_owned(), 4, "caller[0].quota.requests_per_second"),
        ("quota = { citizens_per_week = 1 }".to_owned(), 4, "caller[0].quota.citizens_per_week"),
        ("strength = 2".to_owned(), 1, "caller[0].strength"),
        (jwt(""), 4, "caller[0].jwt.keys_file"),
        (jwt(", keys_file = \"a\", keys_url = \"https://a/\""), 4, "caller[0].jwt.keys_file"),
        (jwt(", keys_url = \"http://issuer.example/jwks\""), 4, "caller[0].jwt.keys_url"),
        (jwt(", keys_url = \"https://u@issuer.example/jwks\""), 4, "caller[0].jwt.keys_url"),
        (jwt(", keys_url = \"http://localhost.evil.example/\""), 4, "caller[0].jwt.keys_url"),
        (
            "jwt = { issuer = \"i\", audience = \"a\", algorithms = [\"HS256\"], keys_file = \"k\" }".to_owned(),
            4,
            "caller[0].jwt.algorithms",
        ),
        (format!("[[caller]]\nname = \"a\"\nkeys = [\"{OTHER}\"]"), 4, "caller[1].name"),
        (format!("[[caller]]\nname = \"b\"\nkeys = [\"{DIGEST}\"]"), 4, "caller[1].keys"),
        ("[[caller]]\nname = \"b\"".to_owned(), 4, "caller[1].keys"),
        (format!("[[caller]]\nname = \"Ô b\"\nkeys = [\"{OTHER}\"]"), 5, "caller[1].name"),
    ];
    for (line, at, key) in cases {
        let (_, problems) = read_text(&format!("{good}{line}\n"));
        assert_eq!(problems, [(at, key.to_owned())], "{line}");
    }
}

#[test]
fn at_most_two_keys_live_and_none_twice() {
    let third = OTHER.replace("sha256:1", "sha256:2");
    for keys in [format!("\"{DIGEST}\", \"{DIGEST}\""), format!("\"{DIGEST}\", \"{OTHER}\", \"{third}\"")] {
        let (callers, problems) = read_text(&format!("[[caller]]\nname = \"a\"\nkeys = [{keys}]\n"));
        assert!(callers.is_empty());
        assert_eq!(problems, [(3, "caller[0].keys".to_owned())]);
    }
}

#[test]
fn a_pasted_key_is_never_repeated_in_the_problem() {
    let text = "[[caller]]\nname = \"a\"\nkeys = [\"dsk_canary\"]\n";
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("callers.toml"), text).expect("write");
    let problems = read_callers(&folder.path().join("callers.toml")).expect_err("refused");
    assert!(problems.iter().all(|problem| !problem.message.contains("canary")));
}

#[test]
fn nothing_is_allowed_by_default() {
    let (callers, _) = read_text(&format!("[[caller]]\nname = \"a\"\nkeys = [\"{DIGEST}\"]\n"));
    let caller = &callers[0];
    assert!(caller.scopes.is_empty() && caller.agencies.is_empty());
    assert!(caller.services.is_empty() && caller.attributes.is_empty());
}

#[test]
fn callers_stand_in_one_file() {
    let text = format!("[[caller]]\nname = \"a\"\nkeys = [\"{DIGEST}\"]\n[access]\ncallers_file = \"callers.toml\"\n");
    let mut problems = Vec::new();
    super::super::Settings::parse(&text, Path::new("."), super::super::Purpose::Serve, &mut problems);
    let keys: Vec<(usize, &str)> = problems.iter().map(|problem| (problem.line, problem.key.as_str())).collect();
    assert_eq!(keys, [(1, "caller[0].name")]);
}

#[test]
fn the_state_of_the_access_room_is_read_and_a_watch_list_needs_its_key() {
    let folder = tempfile::tempdir().expect("folder");
    let read = |text: &str| {
        let root = DeTable::parse(text).expect("TOML");
        let mut problems = Vec::new();
        let mut file = Section::new(root.get_ref(), 0..0, "", text, &mut problems);
        let settings = read_access(file.section("access").expect("a section"), folder.path());
        let keys: Vec<String> = problems.into_iter().map(|problem| problem.key).collect();
        (settings, keys)
    };
    let (settings, problems) = read("[access]\nstate_directory = \"var\"\nsampled_per_thousand = 10\n");
    assert_eq!(problems, [""; 0]);
    assert_eq!(settings.state_directory, Some(folder.path().join("var")));
    assert_eq!(settings.sampled_per_thousand, 10);
    assert_eq!(read("[access]\nwatch_list_file = \"list\"\n").1, ["access.watch_list_key_file"]);
    assert_eq!(read("[access]\nsampled_per_thousand = 1001\n").1, ["access.sampled_per_thousand"]);
    assert_eq!(read("[access]\nstate_key_file = \"missing\"\n").1, ["access.state_key_file"]);
}

/// What operators copy out of the guide must be accepted as it stands, but for the digest.
#[test]
fn every_example_of_the_guide_is_accepted() {
    let guide =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md")).expect("the guide");
    let blocks = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut count = 0;
    for block in blocks {
        count += 1;
        let whole = match block.starts_with('[') {
            true => block.replace("sha256:…", DIGEST),
            false => format!("[[caller]]\nname = \"a\"\n{block}"),
        };
        let mut problems = Vec::new();
        super::super::Settings::parse(&whole, Path::new("."), super::super::Purpose::Serve, &mut problems);
        assert_eq!(problems, [], "{block}");
    }
    assert_eq!(count, 3);
}

/// The guide's table of quotas tells the defaults.
#[test]
fn the_guide_tells_the_defaults() {
    let guide =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/access.md")).expect("the guide");
    let quota = QuotaSettings::default();
    let rate = usize::try_from(quota.requests_per_second).expect("small");
    for (key, value) in [
        ("requests_per_second", rate),
        ("citizens_per_dossier", quota.citizens_per_dossier),
        ("citizens_per_officer_hour", quota.citizens_per_officer_hour),
        ("citizens_per_officer_day", quota.citizens_per_officer_day),
        ("citizens_per_day", quota.citizens_per_day),
        ("year_only_per_day", quota.year_only_per_day),
    ] {
        let row = guide.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).expect("a row");
        let told = row.split('|').nth(2).expect("a column").trim().replace(',', "");
        assert_eq!(told, value.to_string(), "{key}");
    }
}
