//! A program as a person sees it: one table of its commands, their options and what they read. Parsing, `--help`, the man
//! page and the completions come from it, so they cannot disagree.

/// A program.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// What it can be told to do. A program that does one thing has one command without a name.
    pub commands: &'static [Command],
    /// The variables that no option stands for.
    pub variables: &'static [Variable],
    /// All that it touches outside of itself. What is not in this list is given up before it reads its input; the manual
    /// and README say the same.
    pub touches: &'static [Touch],
}

/// Something outside of the program that it touches.
#[derive(Debug, Clone, Copy)]
pub enum Touch {
    /// It speaks to them over the network.
    Asks(&'static str),
    /// It reads files of this kind.
    Reads(&'static str),
    /// It writes files of this kind, below the directory that `--path` names.
    Writes(&'static str),
    /// It writes files of this kind to where this option says.
    WritesTo(&'static Opt, &'static str),
    /// It starts programs: these have all the rights that it has, so it gives up none.
    Runs(&'static str),
    /// It starts the program that this option names: with it, it gives up no rights.
    RunsWith(&'static Opt, &'static str),
}

impl Touch {
    /// What it touches, in words.
    pub fn what(&self) -> &'static str {
        match self {
            Touch::Asks(what)
            | Touch::Reads(what)
            | Touch::Writes(what)
            | Touch::Runs(what)
            | Touch::WritesTo(_, what)
            | Touch::RunsWith(_, what) => what,
        }
    }
}

/// One thing that a program can be told to do.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// The word that asks for it; empty where the program does nothing else.
    pub name: &'static str,
    /// What it does, in one line; empty where the program's own line says it.
    pub about: &'static str,
    /// Ways to call it, without the program's name and its own.
    pub usage: &'static [&'static str],
    /// What it reads where the command line names nothing to work on.
    pub stdin: Stdin,
    /// Its options; `-q`, `-v`, `--help` and `--version` come by themselves.
    pub options: &'static [&'static Opt],
    /// Options that it hands on to other programs. They count as its own. Its help only names them, since there are
    /// many, and the help of those programs tells what they are for.
    pub handed_on: &'static [HandedOn],
}

/// Options that go to another program.
#[derive(Debug, Clone, Copy)]
pub struct HandedOn {
    /// The program, and the command if it has several.
    pub to: &'static str,
    /// The options, as rows of that program's table.
    pub options: &'static [&'static Opt],
}

/// What a command reads from stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing.
    Nothing,
    /// Documents, always.
    Documents,
    /// Documents, unless operands name something.
    DocumentsOrOperands,
    /// Names, each line for an order.
    Names,
}

/// One option: a row of the table, by which its value is fetched.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// The long name, without dashes.
    pub long: &'static str,
    /// The letter.
    pub short: Option<char>,
    /// Other long names that mean the same: what other clients call it.
    pub aliases: &'static [&'static str],
    /// What value it takes, within which limits, and which it has by default.
    pub kind: Kind,
    /// The environment variable that stands in where the option is not given.
    pub variable: Option<&'static str>,
    /// Other variables that mean the same and come after it: what other clients, or older ones, call it.
    pub other_variables: &'static [&'static str],
    /// The default in words, where the kind has none.
    pub otherwise: Option<&'static str>,
    /// Whether a command that is given it reads nothing from stdin.
    pub replaces_stdin: bool,
    /// What is shown where it is given, instead of what the program does.
    pub list: Option<List>,
    /// Whether few need it: `--help`, which has one screen, only names it, and not even that for who hands it on.
    pub is_rare: bool,
    /// Whether its value is a secret: then a file can hold it, which its variable with `_FILE` behind it names.
    pub is_secret: bool,
    /// One line for `--help`.
    pub help: &'static str,
    /// The text of the man page after that line; mdoc macros on lines of their own are allowed.
    pub long_help: &'static str,
}

/// What an option shows of what the program knows: no command is needed for that.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// The value for which it does; that of a flag is empty.
    pub value: &'static str,
    /// The text.
    pub text: fn() -> String,
}

/// The kind of value that an option takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// None: it is given or not.
    Flag,
    /// A text.
    Text {
        /// What the value is called in the help.
        name: &'static str,
        /// The value where none is given.
        default: Option<&'static str>,
    },
    /// Several texts: the option can be given more than once, and its value can be a list with commas.
    List {
        /// What one value is called in the help.
        name: &'static str,
    },
    /// Several texts, one each time that the option is given; commas are a part of them.
    Each {
        /// What one value is called in the help.
        name: &'static str,
    },
    /// The path of a file or directory.
    Path {
        /// What the value is called in the help.
        name: &'static str,
        /// What a shell completes it with.
        completion: Completion,
    },
    /// A duration in seconds, fractions allowed.
    Seconds {
        /// The value where none is given.
        default: Option<u32>,
    },
    /// A number from 1 on.
    Count {
        /// The largest that is taken.
        most: usize,
        /// The value where none is given.
        default: Option<usize>,
    },
    /// One of several words, in either case.
    Choice {
        /// What the value is called in the help.
        name: &'static str,
        /// The words.
        of: &'static [&'static str],
        /// The value where none is given.
        default: Option<&'static str>,
    },
}

/// What a shell completes a path with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// Files.
    Files,
    /// Directories.
    Directories,
}

/// An environment variable that no option stands for.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// One line for the man page; `--help` has room for the name alone.
    pub help: &'static str,
}

impl Opt {
    /// An option of this kind with nothing but a name and a line of help; what else it has is spelled out beside `..`.
    pub const fn new(long: &'static str, kind: Kind, help: &'static str) -> Opt {
        Opt {
            long,
            short: None,
            aliases: &[],
            kind,
            variable: None,
            other_variables: &[],
            otherwise: None,
            replaces_stdin: false,
            list: None,
            is_rare: false,
            is_secret: false,
            help,
            long_help: "",
        }
    }

    /// A flag.
    pub const fn flag(long: &'static str, help: &'static str) -> Opt {
        Opt::new(long, Kind::Flag, help)
    }

    /// An option that takes a text, which the help calls `name`.
    pub const fn text(long: &'static str, name: &'static str, help: &'static str) -> Opt {
        let default = None;
        Opt::new(long, Kind::Text { name, default }, help)
    }

    /// An option that takes several texts, each of which the help calls `name`.
    pub const fn list(long: &'static str, name: &'static str, help: &'static str) -> Opt {
        Opt::new(long, Kind::List { name }, help)
    }

    /// An option that takes a text, which the help calls `name`, each time that it is given.
    pub const fn each(long: &'static str, name: &'static str, help: &'static str) -> Opt {
        Opt::new(long, Kind::Each { name }, help)
    }

    /// An option that takes a duration.
    pub const fn seconds(long: &'static str, default: Option<u32>, help: &'static str) -> Opt {
        Opt::new(long, Kind::Seconds { default }, help)
    }

    /// An option that takes a number from 1 to `most`.
    pub const fn count(
        long: &'static str,
        most: usize,
        default: Option<usize>,
        help: &'static str,
    ) -> Opt {
        Opt::new(long, Kind::Count { most, default }, help)
    }

    /// What its value is called in the help; a flag has none.
    pub fn value_name(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Flag => None,
            Kind::Text { name, .. }
            | Kind::List { name }
            | Kind::Each { name }
            | Kind::Path { name, .. }
            | Kind::Choice { name, .. } => Some(name),
            Kind::Seconds { .. } => Some("SECONDS"),
            Kind::Count { .. } => Some("N"),
        }
    }

    /// The default, as the help says it.
    pub fn default(&self) -> Option<String> {
        let default = match self.kind {
            Kind::Flag | Kind::List { .. } | Kind::Each { .. } | Kind::Path { .. } => None,
            Kind::Text { default, .. } | Kind::Choice { default, .. } => default.map(str::to_owned),
            Kind::Seconds { default } => default.map(|seconds| seconds.to_string()),
            Kind::Count { default, .. } => default.map(|count| count.to_string()),
        };
        default.or_else(|| self.otherwise.map(str::to_owned))
    }

    /// The variables that stand in where it is not given: the first of them that is set counts.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.variable
            .into_iter()
            .chain(self.other_variables.iter().copied())
    }

    /// Its long names.
    pub(crate) fn longs(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.long].into_iter().chain(self.aliases.iter().copied())
    }

    /// The words that stand for it on a command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let short = self.short.map(|letter| format!("-{letter}"));
        let long = self.longs().map(|long| format!("--{long}"));
        short.into_iter().chain(long).collect()
    }
}

/// The options that every command has.
pub(crate) static COMMON: [&Opt; 4] = [&QUIET, &VERBOSE, &HELP, &VERSION];

/// `--quiet`.
pub static QUIET: Opt = Opt {
    short: Some('q'),
    long_help: "Warnings and progress are left out; errors are not.",
    ..Opt::flag("quiet", "say nothing but errors")
};
/// `--verbose`.
pub static VERBOSE: Opt = Opt {
    short: Some('v'),
    long_help: "Given twice, a program that speaks to a CA shows each request and its reply as well, without secrets.",
    ..Opt::flag("verbose", "say what is being done")
};
pub(crate) static HELP: Opt = Opt {
    short: Some('h'),
    ..Opt::flag("help", "show this help and exit")
};
pub(crate) static VERSION: Opt = Opt {
    short: Some('V'),
    ..Opt::flag("version", "show the version and exit")
};

impl Command {
    /// Its own options and those that it hands on, each once.
    pub(crate) fn all_options(&self) -> Vec<&'static Opt> {
        let handed_on = self.handed_on.iter().flat_map(|one| one.options);
        each_once(self.options.iter().chain(handed_on).copied())
    }
}

impl Program {
    /// Its only command, if that has no name.
    pub(crate) fn only_command(&self) -> Option<&'static Command> {
        match self.commands {
            [only] if only.name.is_empty() => Some(only),
            _ => None,
        }
    }

    /// The first of its options, of all commands, that is the one that is looked for.
    pub(crate) fn option(&self, is_it: impl Fn(&Opt) -> bool) -> Option<&'static Opt> {
        self.all_options().find(|option| is_it(option))
    }

    /// The command that a word asks for.
    pub(crate) fn command(&self, word: &str) -> Option<&'static Command> {
        self.commands.iter().find(|command| command.name == word)
    }

    /// The words that ask for its commands, where there are several.
    pub(crate) fn command_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = self.commands.iter().map(|command| command.name);
        names.filter(|name| !name.is_empty())
    }

    /// The options of all its commands, each once, in the order in which they come first.
    pub fn own_options(&self) -> Vec<&'static Opt> {
        each_once(self.commands.iter().flat_map(Command::all_options))
    }

    /// Its own options, then those that every program has.
    pub(crate) fn all_options(&self) -> impl Iterator<Item = &'static Opt> + use<> {
        self.own_options().into_iter().chain(COMMON)
    }
}

/// The options without those that have the name of one before.
fn each_once(options: impl IntoIterator<Item = &'static Opt>) -> Vec<&'static Opt> {
    let mut once: Vec<&'static Opt> = Vec::new();
    for option in options {
        if !once.iter().any(|known| known.long == option.long) {
            once.push(option);
        }
    }
    once
}
