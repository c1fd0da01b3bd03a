//! The options of `dns01-exec`, read and checked.

use crate::journal::Journal;
use crate::protocol::{Asked, UserProgram};
use crate::schedule::{Batches, Place, Schedule, Turns};
use crate::service;
use command::text::clean;
use command::{Args, Usage, state_directory};
use dns01_exec::{
    AGAIN, BATCH, DNS, DOUBLE_DASH, EXEC, INTERVAL, JOBS, MODE, ONE_PER_NAME, ONE_PER_ZONE,
    PRESENT, PROGRAM_TIMEOUT, SEQUENCE_INTERVAL, TIMEOUT,
};
use exec_cli::{find, short_name};
use pipeline::{Key, Propagation, programs};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What the command line and the environment say.
pub(crate) struct Config {
    /// The program to call; where only the journal says which, its path is empty.
    pub(crate) program: UserProgram,
    /// What the program says of itself.
    pub(crate) asked: Asked,
    pub(crate) schedule: Schedule,
    pub(crate) journal: Journal,
    pub(crate) batches: Batches,
    /// Whose turn it is where one value can be at a time.
    pub(crate) turns: Turns,
    /// Where that is, if options say so.
    pub(crate) place: Option<Place>,
    /// Take up orders in which values replaced each other.
    pub(crate) again: bool,
    /// The command line names a record, and with `--exec` what is to remove it, whichever program presented it.
    pub(crate) gives_up: bool,
    /// The programs that records were removed with where none is named, the last one last.
    pub(crate) called: Mutex<HashMap<Key, Vec<UserProgram>>>,
}

impl Config {
    /// Reads the options, and finds the program.
    ///
    /// # Errors
    /// What is wrong with the options, or with the program.
    pub(crate) fn read(args: &Args) -> Result<Config, Usage> {
        let Some(program) = program(args, args.path(&EXEC)?)? else {
            return Err(Usage::new(match args.is_given(&DNS) {
                true => "no program: say which with --exec or EXEC_PATH",
                false => "no program: say which with --dns, --exec or EXEC_PATH",
            }));
        };
        let config = Config::with_program(args, program)?;
        if args.command() == PRESENT
            && config.asked.is_of_service()
            && let Some(error) = &config.asked.said().error
        {
            let named = match named_service(args)? {
                Some(code) => format!("--dns {code}"),
                None => short_name(&config.program.path),
            };
            return Err(Usage::new(format!("{named}: {}", clean(error))));
        }
        Ok(config)
    }

    /// Reads the options for removing records: where no program is named, the journal says for each record which presented
    /// it.
    ///
    /// # Errors
    /// What is wrong with the options, or with the program.
    pub(crate) fn read_to_clean_up(args: &Args) -> Result<Config, Usage> {
        let program = program(args, args.path(&EXEC)?)?;
        Ok(Config {
            gives_up: args.is_given(&EXEC) && !args.operands.is_empty(),
            ..Config::with_program(args, program.unwrap_or_default())?
        })
    }

    /// Whether it is said which program to call.
    pub(crate) fn is_program_named(&self) -> bool {
        !self.program.path.as_os_str().is_empty()
    }

    /// The program as it is called to present: with what it says of itself where options do not.
    pub(crate) fn to_present(&self) -> UserProgram {
        let said = self.asked.said();
        UserProgram {
            batch: self.program.batch || said.batch,
            jobs: self.program.jobs.or(said.jobs),
            ..self.program.clone()
        }
    }

    /// Where one value can be at a time, if anywhere: as options or the program say.
    pub(crate) fn place(&self) -> Option<Place> {
        let by_name = self.asked.said().one_per_name.then_some(Place::Name);
        self.place.or(by_name)
    }

    /// Reads the options for what the journal knows. It knows the programs too, unless one is named on the command line.
    ///
    /// # Errors
    /// What is wrong with the options, or with the program.
    pub(crate) fn read_for_journal(args: &Args) -> Result<Config, Usage> {
        let moved = match args.is_given(&EXEC) {
            true => args.path(&EXEC)?,
            false => None,
        };
        let program = program(args, moved)?;
        Config::with_program(args, program.unwrap_or_default())
    }

    fn with_program(args: &Args, path: PathBuf) -> Result<Config, Usage> {
        let state_directory = state_directory(args)?;
        let program = UserProgram {
            path,
            raw: is_raw(args)?,
            double_dash: args.flag(&DOUBLE_DASH)?,
            batch: args.flag(&BATCH)?,
            jobs: args.count(&JOBS)?,
            time_limit: args.seconds(&PROGRAM_TIMEOUT)?.unwrap_or_default(),
        };
        let pause = args
            .seconds_as_lego(&SEQUENCE_INTERVAL)?
            .unwrap_or_default();
        Ok(Config {
            asked: Asked::new(
                program.clone(),
                Propagation {
                    timeout: args.seconds_as_lego(&TIMEOUT)?,
                    interval: args.seconds_as_lego(&INTERVAL)?,
                },
                named_service(args)?.is_some() || is_of_package(&program.path),
            ),
            schedule: Schedule::new(pause, &state_directory),
            journal: Journal::below(&state_directory),
            batches: Batches::new(),
            turns: Turns::new(),
            place: one_at_a_time(args)?,
            again: args.flag(&AGAIN)?,
            gives_up: false,
            called: Mutex::default(),
            program,
        })
    }
}

/// The service that `--dns` names. `exec` is lego's name for a program of the user's own, and the same as no service.
///
/// # Errors
/// The option cannot be read.
fn named_service(args: &Args) -> Result<Option<String>, Usage> {
    Ok(args.text(&DNS)?.filter(|code| code != "exec"))
}

/// The program of the service that `--dns` names, or else this one.
///
/// # Errors
/// It is not there, or two are named on the command line.
fn program(args: &Args, named: Option<PathBuf>) -> Result<Option<PathBuf>, Usage> {
    let Some(code) = named_service(args)? else {
        return named.map(|program| find(&program)).transpose();
    };
    for other in [&EXEC, &MODE] {
        if args.is_given(other) {
            return Err(Usage::excluding("--dns", &format!("--{}", other.long)));
        }
    }
    service::find(&code).map(Some)
}

/// Whether it is a program of this package, or a link to one, by its name and where it is: a script of a user's own may lie beside
/// this one. Those of the package say what they lack when they are asked, and so before anything is presented.
fn is_of_package(program: &Path) -> bool {
    let own = std::env::current_exe().unwrap_or_default();
    let is_it = |program: &Path| {
        let mut known = programs::SERVICES.iter().chain(&programs::SCRIPTS);
        program.parent() == own.parent() && known.any(|row| program.ends_with(row.name))
    };
    is_it(program) || program.canonicalize().is_ok_and(|program| is_it(&program))
}

/// The journal alone, whatever is said of the program: nothing is run.
///
/// # Errors
/// There is no directory to keep files in.
pub(crate) fn journal(args: &Args) -> Result<Journal, Usage> {
    Ok(Journal::below(&state_directory(args)?))
}

/// Where one value can be at a time, if anywhere.
///
/// # Errors
/// An option cannot be read.
fn one_at_a_time(args: &Args) -> Result<Option<Place>, Usage> {
    let (name, zone) = (args.flag(&ONE_PER_NAME)?, args.flag(&ONE_PER_ZONE)?);
    Ok(match (name, zone) {
        (_, true) => Some(Place::Zone),
        (true, false) => Some(Place::Name),
        (false, false) => None,
    })
}

/// Whether the program is called in RAW mode. As with lego, every other value of the variable means the default mode.
///
/// # Errors
/// The option names another mode.
fn is_raw(args: &Args) -> Result<bool, Usage> {
    if named_service(args)?.is_some() {
        return Ok(false);
    }
    let is_option = args.is_given(&MODE);
    let mode = args.parsed(&MODE, "RAW", |mode| match mode {
        "RAW" => Some(true),
        _ if is_option => None,
        _ => Some(false),
    });
    Ok(mode?.unwrap_or(false))
}
