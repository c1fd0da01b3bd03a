//! What a person reads agrees with what the programs do.

use std::fs;
use std::process::{Command, Stdio};

use workshop::{Programs, root};

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

/// The sections of a page that come from its program's table.
fn generated_sections(page: &str) -> String {
    let mut sections = String::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix(".Sh ") {
            inside = matches!(title, "OPTIONS" | "ENVIRONMENT" | "SECURITY CONSIDERATIONS");
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
    for program in Programs::names().expect("the folder of programs") {
        let page = page(&format!("{program}.1"));
        assert!(
            generated_sections(&page) == output(&program, &["--generate", "mdoc"]),
            "man/{program}.1 and {program} disagree; `make man` brings the page up to date"
        );
    }
}

#[test]
fn no_macro_stands_within_a_line_where_it_would_be_shown_as_it_is() {
    // Of mdoc(7): those for words within a sentence.
    let macros = [
        "Ar", "Cm", "Dv", "Em", "Ev", "Fl", "Nm", "Pa", "Ql", "Sx", "Va", "Xr",
    ];
    let within = macros.map(|one| format!(" .{one} "));
    let pages = fs::read_dir(root().join("man")).expect("man");
    let pages = pages.map(|entry| entry.expect("a file").file_name());
    for name in pages.filter(|name| !name.eq_ignore_ascii_case("regenerate")) {
        let name = name.to_str().expect("text");
        for line in page(name).lines() {
            assert!(
                !within.iter().any(|one| line.contains(one)),
                "{name}: {line}"
            );
        }
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds write no pages")]
fn readme_has_the_row_of_each_program() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let rows: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| program |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let programs = Programs::names().expect("the folder of programs");
    for program in &programs {
        let row = output(program, &["--generate", "readme"]);
        assert!(
            rows.contains(&row.trim_end()),
            "README.md lacks {row}; `make man` brings it up to date"
        );
    }
    assert_eq!(rows.len(), programs.len(), "{rows:#?}");
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
    for program in Programs::names().expect("the folder of programs") {
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
fn each_option_is_completed_once() {
    let completions = output("acme-issue", &["--generate", "fish"]);
    let jobs = completions.lines().filter(|line| line.contains("-l jobs"));
    assert_eq!(jobs.count(), 1, "{completions}");
}

/// Command lines that do no more than print a text.
const PRINT: [&[&str]; 8] = [
    &["acme-order", "--help"],
    &["acme-order", "--version"],
    &["acme-order", "--generate", "bash"],
    &["acme-order", "--servers"],
    &["acme-issue", "--servers"],
    &["acme-issue", "--dns", "list"],
    &["dns01-exec", "--dns", "list"],
    &["dns01-service", "list"],
];

#[test]
fn a_text_that_cannot_be_written_is_an_error() {
    let programs = Programs::build().expect("built programs");
    let graph = ["dns01-check", "--format", "dot"];
    for words in PRINT.into_iter().chain([&graph[..]]) {
        let full = fs::File::create("/dev/full").expect("/dev/full");
        let mut command = Command::new(programs.path(words[0]));
        let command = command.args(&words[1..]).stdin(Stdio::null()).stdout(full);
        let written = command.output().expect("started");
        assert_eq!(written.status.code(), Some(1), "{words:?}");
        let said = String::from_utf8_lossy(&written.stderr);
        assert!(said.contains("No space left"), "{words:?}: {said}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let programs = Programs::build().expect("built programs");
    for words in PRINT {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(programs.path(words[0]));
        let command = command
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(writer);
        let written = command.output().expect("started");
        assert_eq!(written.status.code(), Some(0), "{words:?}: {written:?}");
        assert!(written.stderr.is_empty(), "{words:?}: {written:?}");
    }
}

#[test]
fn commands_and_the_options_of_each_are_completed() {
    for (shell, commands, options) in [
        (
            "bash",
            "'present cleanup timeout list ",
            "list) words='--path ",
        ),
        ("zsh", "(present cleanup timeout list)", "list)\n"),
        (
            "fish",
            "-a cleanup ",
            "'__fish_seen_subcommand_from list' -l path ",
        ),
    ] {
        let completions = output("dns01-exec", &["--generate", shell]);
        assert!(completions.contains(commands), "{completions}");
        assert!(completions.contains(options), "{completions}");
    }
}

#[test]
fn help_of_a_command_is_of_that_command() {
    let help = output("dns01-exec", &["present", "--help"]);
    assert!(help.contains("--one-per-name"), "{help}");
    let help = output("dns01-exec", &["cleanup", "--help"]);
    assert!(!help.contains("--one-per-name"), "{help}");
    assert!(help.contains("--leftovers"), "{help}");
}
