//! The connections that lead to a running simulator, ready to paste into a configuration (DESIGN §11).

use serde_json::Value;

use super::door::{Profile, path};
use super::request::Operation;
use super::settings::Accounts;
use super::token_routes::{CAMEL_TOKEN_PATH, TOKEN_PATH};

/// One `[[connection]]` a profile, two for the body flavours of `lgsp-json`. Secrets stand in files, as everywhere; the comments say what to write into them.
pub fn toml(base: &str, accounts: &Accounts) -> String {
    [direct(base, accounts), lgsp(base, accounts), pascal(base, accounts), camel(base, accounts)].join("\n")
}

fn direct(base: &str, accounts: &Accounts) -> String {
    let account = &accounts.direct;
    let unit = if account.timestamp_ticks_per_second.get() == 1 { "s" } else { "ms" };
    format!(
        r#"[[connection]]
name = "mo-phong-direct"
profile = "direct"
base = {base}
operation_path = {paths}
user = {user}
secret_file = "secrets/mo-phong-secret"
signing_url = {signing_url}
timestamp_unit = "{unit}"
procedure_code = "service"
officer_code = "request"
rehearsal = true
# umask 077; mkdir -p secrets; printf %s '{secret}' > secrets/mo-phong-secret
"#,
        base = quoted(base),
        paths = paths(Profile::Direct),
        user = quoted(&account.user),
        signing_url = quoted(&account.signing_url),
        secret = account.secret,
    )
}

fn lgsp(base: &str, accounts: &Accounts) -> String {
    let account = &accounts.lgsp;
    format!(
        r#"[[connection]]
name = "mo-phong-lgsp"
profile = "lgsp-soap"
base = {base}
token_path = "{TOKEN_PATH}"
operation_path = {paths}
connection_string_file = "secrets/mo-phong-connection-string"
auth_hash_file = "secrets/mo-phong-auth-hash"
procedure_code = "service"
officer_code = "request"
rehearsal = true
# umask 077; mkdir -p secrets
# printf %s '{connection_string}' > secrets/mo-phong-connection-string
# printf %s '{auth_hash}' > secrets/mo-phong-auth-hash
"#,
        base = quoted(base),
        paths = paths(Profile::LgspSoap),
        connection_string = account.connection_string,
        auth_hash = account.auth_hash,
    )
}

fn pascal(base: &str, accounts: &Accounts) -> String {
    let account = &accounts.lgsp;
    format!(
        r#"[[connection]]
name = "mo-phong-json-pascal"
profile = "lgsp-json"
body = "json-pascal"
base = {base}
token_path = "{TOKEN_PATH}"
operation_path = {paths}
connection_string_file = "secrets/mo-phong-connection-string"
auth_hash_file = "secrets/mo-phong-auth-hash"
procedure_code = "service"
officer_code = "request"
rehearsal = true
# umask 077; mkdir -p secrets
# printf %s '{connection_string}' > secrets/mo-phong-connection-string
# printf %s '{auth_hash}' > secrets/mo-phong-auth-hash
"#,
        base = quoted(base),
        paths = paths(Profile::JsonPascal),
        connection_string = account.connection_string,
        auth_hash = account.auth_hash,
    )
}

fn camel(base: &str, accounts: &Accounts) -> String {
    format!(
        r#"[[connection]]
name = "mo-phong-json-camel"
profile = "lgsp-json"
body = "json-camel"
base = {base}
token_path = "{CAMEL_TOKEN_PATH}"
operation_path = {paths}
auth_file = "secrets/mo-phong-auth"
procedure_code = "service"
officer_code = "request"
rehearsal = true
# umask 077; mkdir -p secrets; printf %s '{auth}' > secrets/mo-phong-auth
"#,
        base = quoted(base),
        paths = paths(Profile::JsonCamel),
        auth = accounts.camel.auth,
    )
}

fn paths(profile: Profile) -> String {
    let of = |operation| path(profile, operation);
    format!(r#"{{ "037" = "{}", "033" = "{}" }}"#, of(Operation::LookUp), of(Operation::Verification))
}

/// A text as a TOML basic string; JSON's escapes are TOML's.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::door::DOORS;
    use super::*;

    #[test]
    fn the_connections_are_toml_with_one_block_a_profile() {
        let text = toml("http://127.0.0.1:8237", &Accounts::training());
        let table: ::toml::Table = text.parse().expect("TOML");
        let connections = table["connection"].as_array().expect("an array of tables");
        let profiles: Vec<_> = connections.iter().filter_map(|connection| connection["profile"].as_str()).collect();
        assert_eq!(profiles, ["direct", "lgsp-soap", "lgsp-json", "lgsp-json"]);
        let bodies: Vec<_> = connections.iter().filter_map(|connection| connection.get("body")?.as_str()).collect();
        assert_eq!(bodies, ["json-pascal", "json-camel"]);
        for connection in connections {
            assert_eq!(connection["base"].as_str(), Some("http://127.0.0.1:8237"));
            assert_eq!(connection["rehearsal"].as_bool(), Some(true));
            for operation in ["037", "033"] {
                let path = connection["operation_path"][operation].as_str().expect("a path");
                assert!(DOORS.iter().any(|door| door.path == path), "{path}");
            }
        }
        assert!(!text.contains("secret ="), "secrets are never inline");
    }
}
