//! One service, and the words that the rows of the table are written in.

use std::collections::BTreeSet;

/// A DNS service.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// What lego calls it: `cloudflare`.
    pub code: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What the names of its variables about time begin with: `CLOUDFLARE_`.
    pub prefix: &'static str,
    /// What adds and removes its records.
    pub served: Served,
    /// Its variables, as lego has them.
    pub variables: &'static [Variable],
    /// How long propagation may take, in seconds, unless a variable says so.
    pub timeout: u32,
    /// How many calls may overlap, wherever their records are: 1 where those of one zone have to take turns.
    pub jobs: u32,
    /// What a person has to know of it beside its variables.
    pub note: &'static str,
}

/// What adds and removes records.
#[derive(Debug, Clone, Copy)]
pub enum Served {
    /// One of these: the first whose variables are set and whose collection is installed.
    By(&'static [Route]),
    /// Nothing: the service has ended. What to use in its place.
    Gone(&'static str),
    /// Nothing that comes with this: a person writes a program. Why.
    Script(&'static str),
}

/// One way to a service.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Whose provider it is.
    pub through: Through,
    /// What it is called there.
    pub provider: &'static str,
    /// The provider's variables and options, each with what it is made of: `{NAME}` is a variable of the service.
    pub needed: &'static [(&'static str, &'static str)],
    /// Those that are set where their variables are.
    pub optional: &'static [(&'static str, &'static str)],
    /// The variables of the service that are for another way: where one is set, this one is not gone.
    pub unless: &'static [&'static str],
    /// The lowest TTL that the service takes, in seconds, where one can be given.
    pub ttl: Option<u32>,
    /// Whether a name keeps one value only, or the provider cannot tell one from another.
    pub one_per_name: bool,
}

/// Whose a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// A program that comes with this one and takes lego's variables as they are.
    Own,
    /// acme.sh, through `dns01-acmesh`.
    AcmeSh,
    /// lexicon, through `dns01-lexicon`.
    Lexicon,
}

impl Through {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Through::Own => "acmepipe",
            Through::AcmeSh => "acme.sh",
            Through::Lexicon => "lexicon",
        }
    }
}

/// A variable of the environment.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Other names that it has.
    pub aliases: &'static [&'static str],
    /// Whether nobody else may see its value.
    pub is_secret: bool,
}

impl Variable {
    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The variable with another name.
    pub(crate) const fn or(self, aliases: &'static [&'static str]) -> Variable {
        Variable { aliases, ..self }
    }
}

impl Service {
    /// A row, whose other members most services have alike.
    pub(crate) const fn new(code: &'static str, name: &'static str) -> Service {
        Service {
            code,
            name,
            prefix: "",
            served: Served::By(&[]),
            variables: &[],
            timeout: 120,
            jobs: 1,
            note: "",
        }
    }

    /// A service that has ended.
    pub(crate) const fn gone(
        code: &'static str,
        name: &'static str,
        use_instead: &'static str,
    ) -> Service {
        Service {
            served: Served::Gone(use_instead),
            ..Service::new(code, name)
        }
    }

    /// A service that no collection has.
    pub(crate) const fn script(code: &'static str, name: &'static str) -> Service {
        Service {
            served: Served::Script("neither acme.sh nor lexicon has it"),
            ..Service::new(code, name)
        }
    }

    /// The ways to it; none where it has ended or needs a script.
    pub fn routes(&self) -> &'static [Route] {
        match self.served {
            Served::By(routes) => routes,
            Served::Gone(_) | Served::Script(_) => &[],
        }
    }

    /// Its variable of this name.
    pub fn variable(&self, name: &str) -> Option<&'static Variable> {
        self.variables.iter().find(|one| one.name == name)
    }

    /// The names of the variables of which one set is needed, each set once.
    pub fn needed(&self) -> Vec<Vec<&'static str>> {
        let mut all: Vec<Vec<&str>> = Vec::new();
        for route in self.routes() {
            let needed = route.variables_needed();
            if !all.contains(&needed) {
                all.push(needed);
            }
        }
        all
    }

    /// The names of its variables that are about time: these three begin with its prefix.
    pub fn times(&self) -> [String; 3] {
        ["PROPAGATION_TIMEOUT", "POLLING_INTERVAL", "TTL"]
            .map(|end| format!("{}{end}", self.prefix))
    }
}

impl Route {
    /// The names of the service's variables that it does not do without, in their order.
    pub fn variables_needed(&self) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        let all = self.needed.iter().flat_map(|(_, made_of)| named(made_of));
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// The names of the service's variables that it may use, beside those.
    pub fn variables_optional(&self) -> Vec<&'static str> {
        let all = self.optional.iter();
        all.flat_map(|(_, made_of)| named(made_of)).collect()
    }
}

/// The variables that a text with `{NAME}` or `{NAME|FILTER}` names.
pub(crate) fn named(made_of: &'static str) -> impl Iterator<Item = &'static str> {
    made_of.split('{').skip(1).filter_map(|part| {
        let (inside, _) = part.split_once('}')?;
        Some(inside.split_once('|').map_or(inside, |(name, _)| name))
    })
}

/// A variable that others may see.
pub(crate) const fn open(name: &'static str) -> Variable {
    Variable {
        name,
        aliases: &[],
        is_secret: false,
    }
}

/// A variable that nobody else may see.
pub(crate) const fn secret(name: &'static str) -> Variable {
    Variable {
        is_secret: true,
        ..open(name)
    }
}

/// A program of ours.
pub(crate) const fn own(program: &'static str) -> Route {
    Route {
        through: Through::Own,
        provider: program,
        needed: &[],
        optional: &[],
        unless: &[],
        ttl: None,
        one_per_name: false,
    }
}

/// A provider of acme.sh.
pub(crate) const fn acme_sh(
    provider: &'static str,
    needed: &'static [(&'static str, &'static str)],
) -> Route {
    Route {
        through: Through::AcmeSh,
        provider,
        needed,
        optional: &[],
        unless: &[],
        ttl: None,
        one_per_name: false,
    }
}

/// A provider of lexicon, and the lowest TTL.
pub(crate) const fn lexicon(
    provider: &'static str,
    ttl: u32,
    needed: &'static [(&'static str, &'static str)],
) -> Route {
    Route {
        through: Through::Lexicon,
        provider,
        needed,
        optional: &[],
        unless: &[],
        ttl: Some(ttl),
        one_per_name: false,
    }
}

impl Route {
    /// The route with what it may use beside.
    pub(crate) const fn with(self, optional: &'static [(&'static str, &'static str)]) -> Route {
        Route { optional, ..self }
    }

    /// The route on which values at one name have to take turns.
    pub(crate) const fn one_per_name(self) -> Route {
        Route {
            one_per_name: true,
            ..self
        }
    }

    /// The route where none of these is set.
    pub(crate) const fn unless(self, unless: &'static [&'static str]) -> Route {
        Route { unless, ..self }
    }
}
