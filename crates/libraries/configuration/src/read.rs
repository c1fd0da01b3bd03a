//! The file as a whole: who may write it, its syntax, its tables.

use crate::certificate::{self, OfAll};
use crate::entries::in_order;
use crate::keys::{CERTIFICATE, ENV, ENV_FILE, KEYS, unknown};
use crate::mistakes::Mistakes;
use crate::model::Configuration;
use crate::rows::CONFIG;
use crate::{settings, variables};
use command::{Args, Opt, Usage, warn_of_open_secret};
use std::ops::Range;
use std::path::Path;
use toml::de::DeTable;

/// The largest file that is read, in bytes: 10,000 certificates of three names are 1 MB.
const LARGEST: u64 = 4 << 20;

/// What a file of its own can hold as well as a secret, since it comes with one, and is none.
const IDENTIFIER: &str = "kid";

/// What the parser says of a key that a table has already. Where it says so, the key stands.
const TWICE: &str = "duplicate key";

impl Configuration {
    /// Reads the file that `--config` names, if it names one, and lets it stand in for options that the command line does not
    /// give. `options` are those of the program; a key that is an option of acme-renew alone is left to that. What the command
    /// line gives counts for certificates that say nothing of it themselves.
    ///
    /// # Errors
    /// As [`Configuration::read`].
    pub fn from_args(
        args: &mut Args,
        options: &[&'static Opt],
    ) -> Result<Option<Configuration>, Usage> {
        let Some(path) = args.absolute_path(&CONFIG)? else {
            return Ok(None);
        };
        let of_all = OfAll::from_args(args, options)?;
        let configuration = read_file(&path, options, of_all)?;
        let mut settings = configuration.settings.iter();
        let is_secret = |option: &Opt| option.is_secret && option.long != IDENTIFIER;
        if let Some(secret) = settings.find(|setting| is_secret(setting.option)) {
            warn_of_open_secret(&path, &format!("a secret, `{}`", secret.option.long));
        }
        for setting in &configuration.settings {
            args.set(setting.option, setting.values.iter().cloned());
        }
        args.set_variables(configuration.variables.iter().cloned());
        Ok(Some(configuration))
    }

    /// Reads the file. `options` are those of the program, by whose rows values are checked.
    ///
    /// # Errors
    /// The file cannot be read, or others can change it; or what is wrong with it: all mistakes, each with its line.
    pub fn read(path: &Path, options: &[&'static Opt]) -> Result<Configuration, Usage> {
        read_file(path, options, OfAll::of(options))
    }

    /// What a file at this path would say that had this text; it need not be there, nor name a certificate.
    ///
    /// # Errors
    /// As [`Configuration::read`], of the text.
    pub fn of_text(
        path: &Path,
        text: &str,
        options: &[&'static Opt],
    ) -> Result<Configuration, Usage> {
        parse(path, text, options, OfAll::of(options))
    }
}

/// Reads the file. `of_all` is what the command line says for all certificates.
///
/// # Errors
/// As [`Configuration::read`].
fn read_file(path: &Path, options: &[&'static Opt], of_all: OfAll) -> Result<Configuration, Usage> {
    let cannot = |why: String| Usage::new(format!("{}: {why}", path.display()));
    // It names programs that are run.
    if let Some(directory) = path.parent() {
        files::trust_mode_of_dir(directory).map_err(|error| cannot(error.to_string()))?;
    }
    let bytes = files::read_trusted(path, LARGEST).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        cannot(format!("line {line}: this is not UTF-8"))
    })?;
    let configuration = parse(path, &text, options, of_all)?;
    match configuration.certificates.is_empty() {
        true => Err(cannot("it names no certificate".to_owned())),
        false => Ok(configuration),
    }
}

/// Reads the text of the file at this path.
///
/// # Errors
/// It is too large; or its mistakes.
fn parse(
    path: &Path,
    text: &str,
    options: &[&'static Opt],
    of_all: OfAll,
) -> Result<Configuration, Usage> {
    if text.len() as u64 > LARGEST {
        let path = path.display();
        return Err(Usage::new(format!("{path}: larger than {LARGEST} bytes")));
    }
    let mut mistakes = Mistakes::new(path, text);
    let (table, wrong) = DeTable::parse_recoverable(text);
    for error in &wrong {
        // The message has no part of the text.
        let span = error.span().unwrap_or_default();
        let what = match error.message() {
            TWICE => twice(text, &span),
            message => message.to_owned(),
        };
        mistakes.add(&span, what);
    }
    // What follows from a wrong syntax is no mistake of its own.
    if !wrong.is_empty() {
        return Err(mistakes.into_usage());
    }
    let configuration = from_table(path, table.get_ref(), options, of_all, &mut mistakes);
    match mistakes.is_empty() {
        true => Ok(configuration),
        false => Err(mistakes.into_usage()),
    }
}

/// That there is a key before the one at this piece of the text that is the same. A name is no secret.
fn twice(text: &str, span: &Range<usize>) -> String {
    let key = text.get(span.clone()).unwrap_or_default();
    let key = key.trim().trim_matches(['"', '\'']);
    format!("`{}` is there a second time", key.escape_debug())
}

fn from_table(
    path: &Path,
    table: &DeTable<'_>,
    options: &[&'static Opt],
    mut of_all: OfAll,
    mistakes: &mut Mistakes,
) -> Configuration {
    let mut configuration = Configuration {
        path: path.to_owned(),
        ..Configuration::default()
    };
    let entries = in_order(table);
    for (key, value) in &entries {
        let known = KEYS.iter().chain(&[ENV, ENV_FILE, CERTIFICATE]);
        match key.get_ref().as_ref() {
            ENV => configuration
                .variables
                .extend(variables::of_table(value, mistakes)),
            ENV_FILE | CERTIFICATE => {}
            name if KEYS.contains(&name) => {
                let setting = settings::setting(name, &key.span(), value, options, mistakes);
                let setting = setting.map(|setting| setting.beside(path));
                configuration.settings.extend(setting);
                of_all.see(name, value, mistakes);
            }
            name => mistakes.add(&key.span(), unknown(name, known.copied())),
        }
    }
    for (key, value) in &entries {
        match key.get_ref().as_ref() {
            ENV_FILE => {
                let more = variables::of_files(path, value, mistakes);
                configuration.variables.extend(more);
            }
            CERTIFICATE => {
                configuration.certificates = certificate::all(value, &of_all, mistakes);
            }
            _ => {}
        }
    }
    certificate::check_copies(table, &of_all, mistakes);
    configuration
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CONFIG, DEPLOY_HOOK, INSTALL, PRE_HOOK};
    use lifecycle::Target;
    use std::fs;

    static SERVER: Opt = Opt::text("server", "URL", "");
    static STRICT: Opt = Opt::flag("strict", "");
    static JOBS: Opt = Opt::count("jobs", 100, None, "");
    const OPTIONS: [&Opt; 6] = [&SERVER, &STRICT, &JOBS, &DEPLOY_HOOK, &INSTALL, &PRE_HOOK];

    /// A certificate, of which each file has one.
    const ONE: &str = "[[certificate]]\ndomains = 'a.test'\n";

    #[test]
    fn a_file_without_a_certificate_is_a_mistake() {
        for text in ["", "certificate = []\n", "strict = true\n"] {
            assert_eq!(
                read_text(text).expect_err("a mistake"),
                "it names no certificate"
            );
        }
    }

    #[test]
    fn a_text_is_read_before_there_is_such_a_file() {
        let read = |text: &str| Configuration::of_text(Path::new("/none/a.toml"), text, &OPTIONS);
        let certificates = |text| read(text).expect("no mistake").certificates.len();
        assert_eq!((certificates(ONE), certificates("jobs = 1\n")), (1, 0));
        for (text, says) in [
            (ONE.repeat(2), "/none/a.toml: line 3: the certificate of "),
            ("# x\n".repeat(2 << 20), "/none/a.toml: larger than "),
        ] {
            let mistake = read(&text).expect_err("a mistake").to_string();
            assert!(mistake.starts_with(says), "{mistake}");
        }
    }

    #[test]
    fn the_mode_of_keys_can_be_said_for_all() {
        let text = format!("install = '/d'\nkey-mode = 0o440\n{ONE}");
        let read = read_text(&text).expect("no mistake");
        let Target::Directory { mode, .. } = &read.certificates[0].targets[0] else {
            panic!("{read:?}");
        };
        assert_eq!(*mode, Some(0o440));
    }

    #[test]
    fn whose_copies_are_is_of_use_where_there_are_any() {
        let copies = "owner = 'root'\ngroup = 'root'\nkey-mode = '0600'\n";
        let none = format!("{copies}{ONE}");
        let mistakes = read_text(&none).expect_err("a mistake");
        let expected = ["owner", "group", "key-mode"]
            .map(|key| format!("`{key}` is of use with `install` only"));
        let found: Vec<_> = mistakes
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        let expected = ["line 1", "line 2", "line 3"]
            .into_iter()
            .zip(expected.iter().map(String::as_str));
        assert_eq!(found, expected.collect::<Vec<_>>());
        for text in [
            format!("{copies}install = '/d'\n{ONE}"),
            format!("{copies}{ONE}install = '/d'\n"),
        ] {
            assert!(read_text(&text).is_ok(), "{text}");
        }
        // What a program does not know it cannot miss: the command line of another may say where copies are.
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("acmepipe.toml");
        for text in [none, format!("{ONE}{copies}")] {
            fs::write(&path, &text).expect("written");
            let read = Configuration::read(&path, &[&SERVER]);
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }

    /// What is read of a file with this text.
    fn read_text(text: &str) -> Result<Configuration, String> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("acmepipe.toml");
        fs::write(&path, text).expect("written");
        read_file(&path, &OPTIONS, OfAll::of(&OPTIONS)).map_err(|usage| {
            usage
                .to_string()
                .replace(&format!("{}: ", path.display()), "")
        })
    }

    #[test]
    fn certificates_have_what_is_theirs_before_what_is_for_all() {
        let text = r#"
            server = "letsencrypt-staging"
            key-type = "ec384"
            deploy-hook = ["true all", "true 'x y'"]
            install = "/srv/tls"
            group = "ssl"
            strict = true
            jobs = 0x10
            days = 20

            [env]
            TOKEN = "t"
            PORT = 5353

            [[certificate]]
            domains = ["Bücher.example.", "*.bücher.example"]

            [[certificate]]
            domains = "*.b.example, b.example"
            name = "b"
            server = "zerossl"
            email = "me@x.test"
            key-type = "RSA2048"
            profile = "shortlived"
            deploy-hook = []
            key-mode = 0o640
        "#;
        let read = read_text(text).expect("no mistake");
        let settings: Vec<_> = read
            .settings
            .iter()
            .map(|one| (one.option.long, one.values.join(" "), one.line))
            .collect();
        assert_eq!(
            settings,
            [
                ("server", "letsencrypt-staging".to_owned(), 2),
                ("deploy-hook", "true all true 'x y'".to_owned(), 4),
                ("install", "/srv/tls".to_owned(), 5),
                ("strict", "true".to_owned(), 7),
                ("jobs", "16".to_owned(), 8),
            ]
        );
        let variables = [("TOKEN", "t"), ("PORT", "5353")];
        assert_eq!(
            read.variables,
            variables.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let [first, second] = &read.certificates[..] else {
            panic!("{read:?}");
        };
        assert_eq!(first.name, "xn--bcher-kva.example");
        assert_eq!(
            first.names,
            ["xn--bcher-kva.example", "*.xn--bcher-kva.example"]
        );
        assert_eq!(first.server.as_deref(), Some("letsencrypt-staging"));
        assert_eq!(first.key_type.as_deref(), Some("EC384"));
        assert_eq!(first.targets.len(), 3);
        assert_eq!((second.line, second.name.as_str()), (18, "b"));
        let lines = |key| [first.line_of(key), second.line_of(key)];
        assert_eq!(lines("server"), [2, 21]);
        assert_eq!(lines("group"), [6, 6]);
        assert_eq!(lines("deploy-hook"), [4, 25]);
        assert_eq!(lines("owner"), [15, 18]);
        assert_eq!(second.names, ["*.b.example", "b.example"]);
        assert_eq!(second.server.as_deref(), Some("zerossl"));
        assert_eq!(second.profile.as_deref(), Some("shortlived"));
        assert_eq!(
            second.targets,
            [Target::Directory {
                path: "/srv/tls".into(),
                owner: None,
                group: Some("ssl".into()),
                mode: Some(0o640),
            }]
        );
    }

    #[test]
    fn all_mistakes_are_named_with_their_lines() {
        let text = r#"serverr = "x"
jobs = "many"
strict = "yes"
days = "left to another program"
pre-hook = "/nowhere/hook"
env-file = "missing.env"
[env]
"1A" = "x"
LIST = [1]
[[certificate]]
[[certificate]]
domains = ["com", "a.test"]
[[certificate]]
domains = "a.test"
key-typ = "EC256"
[[certificate]]
domains = ["A.test."]
key-type = "DSA"
deploy-hook = "it's"
install = "relative"
key-mode = 640
name = "../x"
[[certificate]]
domains = "b.test"
name = "b test"
email = "mailto:me@b.test"
owner = "root"
"#;
        let mistakes = read_text(text).expect_err("mistakes");
        let lines: Vec<&str> = mistakes.lines().collect();
        let expected = [
            "line 1: there is no key `serverr`; did you mean `server`?",
            "line 2: `jobs` is a number from 1 to 100",
            "line 3: `strict` is true or false",
            "line 5: `pre-hook`: /nowhere/hook: No such file",
            "line 6: ",
            "line 8: `1A` is no name of a variable",
            "line 9: `LIST` is a text, a number, true or false",
            "line 10: a certificate without `domains`",
            "line 12: `com` is a single label",
            "line 15: there is no key `key-typ`; did you mean `key-type`?",
            "line 16: the certificate of line 13 has the name `a.test` too",
            "line 18: `key-type` is one of EC256",
            "line 19: `deploy-hook`: the quote ' is not closed",
            "line 20: `install` is an absolute path",
            "line 21: `key-mode` is an octal number",
            "line 22: `name` is no name of a directory",
            "line 25: `name` has a `*`",
            "line 26: `email` begins with `mailto:`",
            "line 27: `owner` is of use with `install` only",
        ];
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}: {expected}");
        }
        assert_eq!(lines.len(), expected.len(), "{mistakes}");
    }

    #[test]
    fn a_request_that_cannot_be_used_is_one_mistake() {
        let mistakes = read_text("[[certificate]]\ncsr = 7\n").expect_err("a mistake");
        assert_eq!(mistakes.lines().count(), 1, "{mistakes}");
        assert!(mistakes.starts_with("line 2: `csr`"), "{mistakes}");
    }

    #[test]
    fn a_program_that_deploys_need_not_be_there_when_the_file_is_read() {
        let missing = "deploy-hook = '/nowhere/hook x'\n";
        let text = format!("{missing}{ONE}[[certificate]]\ndomains = 'b.test'\n{missing}");
        let read = read_text(&text).expect("no mistake");
        for certificate in &read.certificates {
            assert_eq!(certificate.targets[0].name(), "exec:/nowhere/hook x");
        }
    }

    #[test]
    fn syntax_is_checked_first_and_no_text_of_the_file_is_shown() {
        let text = "hmac = secret\n\nkid = \"secret\nserver = 'x'\nserver = 'y'\n";
        let mistakes = read_text(text);
        let mistakes = mistakes.expect_err("mistakes");
        assert!(!mistakes.contains("secret"), "{mistakes}");
        let has = |line: &str| mistakes.lines().any(|one| one.starts_with(line));
        assert!(
            has("line 1: ") && has("line 3: ") && has("line 5: `server` is there a second time"),
            "{mistakes}"
        );
    }

    #[test]
    fn a_key_that_is_there_twice_is_named_with_the_line_of_the_second() {
        for (text, says) in [
            (
                "server = 'x'\nstrict = true\nserver = 'y'\n",
                "line 3: `server` is there a second time",
            ),
            (
                "[env]\nA = '1'\n\"A\" = '2'\n",
                "line 3: `A` is there a second time",
            ),
            (
                "[[certificate]]\ndomains = 'a.test'\n domains  =  'b.test'\n",
                "line 3: `domains` is there a second time",
            ),
            ("[env]\n[env]\n", "line 2: `env` is there a second time"),
            (
                "[[certificate]]\n[certificate]\n",
                "line 2: `certificate` is there a second time",
            ),
            (
                "certificate = []\n[[certificate]]\n",
                "line 2: `certificate` is there a second time",
            ),
            (
                "env.A = '1'\n[env]\n",
                "line 2: `env` is there a second time",
            ),
        ] {
            assert_eq!(read_text(text).expect_err("a mistake"), says, "{text}");
        }
    }

    #[test]
    fn a_file_that_others_can_change_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("acmepipe.toml");
        fs::write(&path, ONE).expect("written");
        for (mode, is_taken) in [(0o640, true), (0o644, true), (0o660, false), (0o602, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
            let read = read_file(&path, &[&CONFIG], OfAll::default());
            assert_eq!(read.is_ok(), is_taken, "{mode:o}: {read:?}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
        for (mode, is_taken) in [(0o755, true), (0o777, false), (0o1777, true)] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).expect("ours");
            let read = read_file(&path, &[&CONFIG], OfAll::default());
            assert_eq!(read.is_ok(), is_taken, "{mode:o}: {read:?}");
        }
    }

    #[test]
    fn variables_come_from_files_beside_the_configuration() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("acmepipe.toml");
        fs::write(dir.path().join("dns.env"), "# comment\nTOKEN='a b'\n").expect("written");
        let text = format!("env-file = 'dns.env'\n[env]\nTOKEN = 'x'\n{ONE}");
        fs::write(&path, text).expect("written");
        let read = read_file(&path, &[], OfAll::default()).expect("no mistake");
        // The last one counts.
        let last = read.variables.last().expect("a variable");
        assert_eq!(*last, ("TOKEN".to_owned(), "a b".to_owned()));
        fs::write(dir.path().join("dns.env"), "secret\n").expect("written");
        let mistakes = read_file(&path, &[], OfAll::default()).expect_err("a mistake");
        let mistakes = mistakes.to_string();
        assert!(
            mistakes.contains("line 1: ") && mistakes.contains("dns.env: line 1 is no NAME=VALUE"),
            "{mistakes}"
        );
        assert!(!mistakes.contains("secret"), "{mistakes}");
        // In the order of the file, and not of texts: 2 before 12.
        let lines = "A=1\n".repeat(9);
        fs::write(dir.path().join("dns.env"), format!("x\nx\n{lines}x\n")).expect("written");
        let mistakes = read_file(&path, &[], OfAll::default()).expect_err("mistakes");
        let mistakes = mistakes.to_string();
        let places: Vec<&str> = mistakes
            .lines()
            .filter_map(|line| line.split("dns.env: ").nth(1))
            .collect();
        let says = [1, 2, 12].map(|line| format!("line {line} is no NAME=VALUE"));
        assert_eq!(places, says, "{mistakes}");
    }
}
