//! What acmepipe(7) takes from the lists of this contract, in mdoc(7): its programs, members and types of problem.

use super::catalogue::{self, Member};
use super::{programs, types};
use command::text::capitalized;
use std::fmt::Write as _;

/// The longest line of roff that pages should have, in bytes.
const WIDTH: usize = 79;

/// The page acmepipe(7), with each of its lists as this contract has it.
pub fn with_lists(page: &str) -> String {
    let mut text = String::new();
    let mut lists = lists();
    let mut due: Option<String> = None;
    let mut inside_old = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix(".Ss ") {
            due = lists
                .iter_mut()
                .find(|(section, _)| *section == heading)
                .map(|(_, list)| std::mem::take(list));
        }
        if line.starts_with(".Bl ")
            && let Some(list) = due.take()
        {
            text.push_str(&list);
            inside_old = true;
        }
        if !inside_old {
            text.push_str(line);
            text.push('\n');
        }
        inside_old &= line != ".El";
    }
    text
}

/// Each list of the page, by the subsection that it stands in.
fn lists() -> [(&'static str, String); 5] {
    [
        ("Programs", of_programs(&programs::ALL)),
        (
            "DNS services",
            of_programs(programs::SERVICES.iter().chain(&programs::SCRIPTS)),
        ),
        ("Members of an order", of_members(catalogue::order::ALL)),
        (
            "Members of a challenge",
            of_members(catalogue::challenge::ALL),
        ),
        ("Types", of_types()),
    ]
}

fn of_programs<'a>(rows: impl IntoIterator<Item = &'a programs::Row>) -> String {
    list(rows.into_iter().map(|program| {
        let heading = format!("Xr {} 1", program.name);
        (heading, format!("{}.", capitalized(program.about)))
    }))
}

fn of_members(members: &[Member]) -> String {
    list(members.iter().map(|member| {
        let set_by = match member.set_by {
            [] => "any".to_owned(),
            programs => programs.join(" , "),
        };
        let heading = format!("Va {} Pq {set_by}", member.name);
        (heading, member.manual.to_owned())
    }))
}

fn of_types() -> String {
    list(
        types::ALL
            .iter()
            .map(|row| (row.name.to_owned(), row.meaning.to_owned())),
    )
}

fn list(entries: impl Iterator<Item = (String, String)>) -> String {
    let mut text = String::from(".Bl -tag -width Ds\n");
    for (heading, body) in entries {
        let _ = writeln!(text, ".It {heading}");
        for line in body.lines() {
            if line.starts_with('.') {
                let _ = writeln!(text, "{line}");
            } else {
                fold(&mut text, line);
            }
        }
    }
    text.push_str(".El\n");
    text
}

/// Writes a line of prose, broken between words, each sentence on lines of its own.
fn fold(text: &mut String, line: &str) {
    let mut column = 0;
    for word in line.split(' ') {
        let ends_sentence = text.ends_with('.') && column > 0;
        if column > 0 && (ends_sentence || column + 1 + word.len() > WIDTH) {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_replaced_below_its_heading_only() {
        let page = ".Sh X\n.Bl -tag\n.It kept\n.El\n.Ss Types\nText.\n.Bl -old\n.It old\n.El\nAfter.\n.Bl -tag\n.It kept\n.El\n";
        let renewed = with_lists(page);
        assert_eq!(
            renewed,
            page.replace(".Bl -old\n.It old\n.El\n", &of_types())
        );
        assert_eq!(with_lists(&renewed), renewed);
    }

    #[test]
    fn each_sentence_and_each_long_line_starts_a_new_one() {
        let mut text = String::new();
        fold(&mut text, "One. Two.");
        assert_eq!(text, "One.\nTwo.\n");
        let mut text = String::new();
        fold(&mut text, "word ".repeat(20).trim_end());
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}
