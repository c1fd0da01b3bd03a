//! What a person reads agrees with what the programs do.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use workshop::{Programs, root};

/// The programs that have a table of options, from which pages and completions come.
fn programs_with_a_table() -> impl Iterator<Item = String> {
    let names = Programs::names().expect("the folder of programs");
    names.into_iter().filter(|name| !Programs::is_script(name))
}

fn page(name: &str) -> String {
    let path = root().join("man").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the program prints.
fn output(program: &str, arguments: &[&str]) -> String {
    let programs = Programs::build().expect("built programs");
    let output = Command::new(programs.path(program))
        .args(arguments)
        .output()
        .expect("a program that starts");
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).expect("text")
}

/// A page's sections OPTIONS and ENVIRONMENT.
fn generated_sections(page: &str) -> String {
    let mut sections = String::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix(".Sh ") {
            inside = matches!(title, "OPTIONS" | "ENVIRONMENT");
        }
        if inside {
            sections.push_str(line);
            sections.push('\n');
        }
    }
    sections
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds write no pages")]
fn each_page_describes_the_options_that_its_program_has() {
    for program in programs_with_a_table() {
        let page = page(&format!("{program}.1"));
        assert!(
            generated_sections(&page) == output(&program, &["--generate", "mdoc"]),
            "man/{program}.1 and {program} disagree on its options; `make man` brings the page up to date"
        );
    }
}

#[test]
fn help_fits_on_a_screen() {
    for program in Programs::names().expect("the folder of programs") {
        let help = output(&program, &["--help"]);
        // Of a small terminal's 24 lines one is the prompt's.
        assert!(help.lines().count() <= 23, "{program} --help:\n{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 80),
            "{program} --help:\n{help}"
        );
    }
}

#[test]
fn each_program_completes_its_options_in_bash() {
    for program in programs_with_a_table() {
        let completions = output(&program, &["--generate", "bash"]);
        let function = program.replace('-', "_");
        let script = format!(
            "{completions}COMP_WORDS=({program} --ver) COMP_CWORD=1\n_{function}\necho ${{COMPREPLY[@]}}"
        );
        let output = Command::new("bash")
            .args(["-uec", &script])
            .output()
            .expect("bash");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "--verbose --version\n",
            "{output:?}"
        );
    }
}

#[test]
fn all_commands_are_completed() {
    for (shell, commands) in [
        ("bash", "'present cleanup timeout list "),
        ("zsh", "(present cleanup timeout list)"),
        ("fish", "'present cleanup timeout list'"),
    ] {
        let completions = output("dns01-exec", &["--generate", shell]);
        assert!(completions.contains(commands), "{completions}");
    }
}

#[test]
fn the_contract_lists_every_type_of_error() {
    let page = page("acmepipe.7");
    let listed: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".It acmepipe:"))
        .collect();
    let mut said = BTreeSet::new();
    let floors = ["programs", "libraries"].map(|floor| root().join("crates").join(floor));
    for entry in floors
        .iter()
        .flat_map(|floor| fs::read_dir(floor).expect("crates").flatten())
    {
        collect_types(&entry.path().join("src"), &mut said);
    }
    let is_listed = |said: &String| match said.strip_suffix(':') {
        Some(prefix) => listed.contains(format!("{prefix}:STATUS").as_str()),
        None => listed.contains(said.as_str()),
    };
    // What only a command line can cause ends the program before there is a document.
    said.remove("server");
    let missing: Vec<_> = said.iter().filter(|said| !is_listed(said)).collect();
    assert!(
        missing.is_empty(),
        "man/acmepipe.7 does not list acmepipe: {missing:?}"
    );
    assert!(said.len() > 20, "{said:?}");
}

/// The types of error in the sources below `directory`, without their prefix.
fn collect_types(directory: &Path, said: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect_types(&entry.path(), said);
            continue;
        }
        let source = fs::read_to_string(entry.path()).unwrap_or_default();
        // Documentation and tests say what they like.
        let code: String = source
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .map(str::trim)
            .collect();
        let after = |mark: &str| {
            code.split(mark)
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for rest in after("\"acmepipe:")
            .into_iter()
            .chain(after("Error::new(\""))
            .chain(after("Error::new(&format!(\""))
        {
            let is_type = |c: &char| c.is_ascii_lowercase() || matches!(c, '-' | ':');
            let found: String = rest.chars().take_while(is_type).collect();
            if rest[found.len()..].starts_with(['"', '{']) && !found.is_empty() {
                said.insert(found);
            }
        }
    }
}
