//! The hooks before and after: what they are told, and how they are run.

use crate::defaults::Defaults;
use crate::plan::{Hook, Plan};
use exec_cli::hook::{self, Account, Certificate, Variables};
use pipeline::catalogue::order::{DIRECTORY, OPTIONS, ORDER};
use pipeline::{Document, Problem};

/// The names of all certificates that are due.
const NAMES: &str = "ACMEPIPE_CERT_NAMES";

/// Runs a hook, and waits until it has ended.
///
/// # Errors
/// It could not be started, failed, or took too long.
pub(crate) fn run(
    what: &str,
    hook: &Hook,
    plan: &Plan,
    requests: &[Document],
) -> Result<(), Problem> {
    hook::run(hook::Hook {
        about: what,
        program: &hook.program,
        arguments: &hook.arguments,
        configured: &plan.variables,
        known: variables(requests, &plan.defaults),
        time_limit: plan.hook_timeout,
    })
}

/// What a hook is told of the certificates that are due.
fn variables(requests: &[Document], defaults: &Defaults) -> Variables {
    let names: Vec<String> = requests.iter().map(Document::label).collect();
    let mut variables = vec![(NAMES, names.join(","))];
    if let ([request], [name]) = (requests, &names[..]) {
        variables.extend(of_one(request, name, defaults));
    }
    variables
}

/// What every hook is told, of the one certificate that is due.
fn of_one(request: &Document, name: &str, defaults: &Defaults) -> Variables {
    let order = request.member(&ORDER).unwrap_or_default();
    let options = request.member(&OPTIONS).unwrap_or_default();
    let identifiers = order["identifiers"].as_array().into_iter().flatten();
    let names: Vec<&str> = identifiers
        .filter_map(|one| one["value"].as_str())
        .collect();
    let directory = request.member(&DIRECTORY).unwrap_or_default();
    let server = directory.as_str().or(options["server"].as_str());
    let account = Account {
        email: options["email"].as_str().or(defaults.email.as_deref()),
        directory: server.or(defaults.directory.as_deref()),
    };
    Certificate {
        name,
        names: &names,
        key_type: options["key-type"]
            .as_str()
            .or(defaults.key_type.as_deref()),
        account,
    }
    .variables()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(requests: &[Value], defaults: &Defaults) -> Vec<String> {
        let document = |request: &Value| match request {
            Value::Object(members) => Document::from(members.clone()),
            other => panic!("{other}"),
        };
        let requests: Vec<Document> = requests.iter().map(document).collect();
        let variables = variables(&requests, defaults).into_iter();
        let told = variables.map(|(name, value)| format!("{name}={value}"));
        told.collect()
    }

    #[test]
    fn one_certificate_is_told_as_a_program_that_deploys_it_is_and_of_more_their_names() {
        let request = |name: &str, options: Value| {
            json!({
                "name": name, "options": options,
                "order": {"identifiers": [
                    {"type": "dns", "value": "a.test"}, {"type": "dns", "value": "*.a.test"},
                ]},
            })
        };
        let defaults = Defaults {
            directory: Some("https://ca.test".to_owned()),
            email: Some("all@a.test".to_owned()),
            key_type: Some("EC256".into()),
        };
        let own =
            json!({"email": "me@a.test", "key-type": "RSA2048", "server": "https://own.test"});
        for (name, options, defaults, expected) in [
            (
                "_.a.test",
                own,
                &defaults,
                ["*.a.test", "RSA2048", "me@a.test", "https://own.test"],
            ),
            (
                "web",
                json!({}),
                &defaults,
                ["web", "EC256", "all@a.test", "https://ca.test"],
            ),
        ] {
            let told = told(&[request(name, options)], defaults);
            let [own_name, key_type, email, server] = expected;
            let expected = [
                format!("ACMEPIPE_CERT_NAMES={name}"),
                format!("LEGO_HOOK_CERT_NAME={own_name}"),
                format!("LEGO_HOOK_CERT_NAME_SANITIZED={name}"),
                "LEGO_HOOK_CERT_DOMAINS=a.test,*.a.test".to_owned(),
                format!("LEGO_HOOK_CERT_KEY_TYPE={key_type}"),
                format!("LEGO_HOOK_ACCOUNT_ID={email}"),
                format!("LEGO_HOOK_ACCOUNT_EMAIL={email}"),
                format!("LEGO_HOOK_ACCOUNT_SERVER={server}"),
            ];
            assert_eq!(told, expected);
        }
        let none = told(&[request("web", json!({}))], &Defaults::default());
        assert!(none.contains(&"LEGO_HOOK_ACCOUNT_ID=default".to_owned()));
        let two = ["web", "mail"].map(|name| request(name, json!({})));
        assert_eq!(told(&two, &defaults), ["ACMEPIPE_CERT_NAMES=web,mail"]);
    }
}
