//! What is said to a person who gives nothing, or something wrong that stands in a variable.

use workshop::{Workshop, run};

#[test]
fn who_names_nothing_is_told_that_documents_are_read() {
    let workshop = Workshop::open();
    let script = workshop.script("none.sh", "");
    for (program, says) in [
        ("dns-zone", "names belong on the command line"),
        ("dns-wait-txt", "FQDN and VALUE belong on the command line"),
    ] {
        let mut terminal = workshop.in_terminal(&script, program);
        terminal.wait_for(&format!(
            "{program}: reading documents from the terminal; {says}"
        ));
        terminal.type_in("\x04");
        terminal.finish();
    }
}

#[test]
fn what_is_wrong_with_a_variable_is_said_of_the_variable() {
    let workshop = Workshop::open();
    for program in ["dns-zone", "dns-wait-txt"] {
        for (arguments, says) in [
            (&[][..], "LEGO_DNS_RESOLVERS `bad` is neither"),
            (
                &["--resolver", "worse"][..],
                "--resolver `worse` is neither",
            ),
        ] {
            let mut command = workshop.command(program);
            command.args(arguments).env("LEGO_DNS_RESOLVERS", "bad");
            let ended = run(command, "");
            ended.assert_status(2);
            assert!(ended.stderr.contains(says), "{}", ended.stderr);
        }
    }
}
