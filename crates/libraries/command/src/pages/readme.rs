//! A program's row in README's table of programs.

use crate::table::{Program, Touch};

/// The row: the program, what it is for, what it touches.
pub(super) fn row(program: &Program) -> String {
    let touches: Vec<String> = program.touches.iter().map(cell).collect();
    let (name, about) = (program.name, program.about);
    format!("| `{name}` | {about} | {} |\n", touches.join("; "))
}

fn cell(touch: &Touch) -> String {
    let what = touch.what();
    match touch {
        Touch::Asks(_) => format!("asks {what}"),
        Touch::Reads(_) => format!("reads {what}"),
        Touch::Writes(_) | Touch::WritesTo(..) => format!("writes {what}"),
        Touch::Runs(_) => format!("runs {what}"),
        Touch::RunsWith(option, _) => format!("with `--{}` runs {what}", option.long),
    }
}
