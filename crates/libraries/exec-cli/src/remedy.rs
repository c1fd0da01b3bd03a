//! What a person can do about a program that the system cannot run.

use command::text::shell_word;
use std::path::Path;
use subprocess::Unrunnable;

/// What mends it, as a sentence.
pub(crate) fn remedy(program: &Path, why: &Unrunnable) -> String {
    let program = shell_word(&program.to_string_lossy());
    match why {
        Unrunnable::Empty => "The script has to be written into it.".to_owned(),
        Unrunnable::Text | Unrunnable::NoInterpreter => {
            "A script has to begin with a line like `#!/bin/sh`.".to_owned()
        }
        Unrunnable::ByteOrderMark => {
            format!(r"This removes it: `sed -i '1s/^\xEF\xBB\xBF//' {program}`.")
        }
        Unrunnable::CarriageReturn(_) => format!(r"This mends it: `sed -i 's/\r$//' {program}`."),
        Unrunnable::Utf16 => "It has to be saved as UTF-8, without a byte order mark.".to_owned(),
        Unrunnable::NotInPath(name) if name.contains([' ', '\t']) => {
            "`env` takes all that stands after it for one name; `env -S` splits it.".to_owned()
        }
        Unrunnable::MissingInterpreter(_) | Unrunnable::NotInPath(_) => {
            "It has to be installed, or the first line has to name another one.".to_owned()
        }
        Unrunnable::MissingLoader(_) => {
            "The program was built for another C library, musl for instance, or for another architecture: that has to be \
             installed, or a program that was built for this system."
                .to_owned()
        }
        Unrunnable::OtherMachine { .. } => {
            "It has to be one that was built for this machine, or an emulator has to be registered (binfmt_misc)."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mends_a_file_can_be_copied() {
        let remedy = |why: Unrunnable| remedy(Path::new("/x.sh"), &why);
        for (why, expected) in [
            (
                Unrunnable::CarriageReturn("/bin/sh".to_owned()),
                r"This mends it: `sed -i 's/\r$//' /x.sh`.",
            ),
            (
                Unrunnable::ByteOrderMark,
                r"This removes it: `sed -i '1s/^\xEF\xBB\xBF//' /x.sh`.",
            ),
        ] {
            assert_eq!(remedy(why), expected);
        }
        let odd = super::remedy(Path::new("/a b/x'.sh"), &Unrunnable::ByteOrderMark);
        assert!(odd.ends_with(r"//' '/a b/x'\''.sh'`."), "{odd}");
    }
}
