//! How fast names are looked up and values are waited for, beside what asks the same server and does nothing else.
//!
//! One BIND is the only name server of all zones; see `authority`. `dns-zone` finds it through Unbound, as ever. Each
//! figure is of names that nobody has asked for before, so no cache has them.

mod arriving;
mod authority;
mod names;
mod quiet;

use std::error::Error;
use std::fs;

use sandbox::{Sandbox, Tools};

use crate::figures::{Row, Table};
use crate::measure::{NOW_AND_THEN, measure};
pub(crate) use authority::start;
pub(crate) use names::ADDRESS;
use names::{Form, Names};

/// How many names there are where none of the values ever comes, in percent of the others.
const NEVER: usize = 40;

/// How often one name is asked for: a program's start is to be measured too, and is short.
const TIMES: u32 = 50;

/// Measures everything, for so many names.
pub(crate) fn measure_all(names: usize, release: bool) -> Result<(), Box<dyn Error>> {
    let floor = Tools::fetch(&["floor"]).is_ok();
    let sandbox = start(names, release)?;
    look_up(&sandbox, names, floor)?;
    wait_for_what_is_there(&sandbox, names, floor)?;
    arriving::measure(&sandbox, names)?;
    quiet::measure(&sandbox, names)?;
    wait_in_vain(&sandbox, names * NEVER / 100)?;
    look_up_one(&sandbox)
}

/// `dns-zone` for names that hosts in the zones could have challenges at, and their SOA.
fn look_up(sandbox: &Sandbox, count: usize, floor: bool) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(format!("zones of {count} names"));
    for (form, label) in [
        (Form::Orders, "h"),
        (Form::Lines, "i"),
        (Form::OneOrder, "j"),
    ] {
        let names = Names::new(label, form.takes(count));
        let input = names.write(sandbox, form, false)?;
        let row = format!("dns-zone, {}", form.say(&names));
        table.add(&row, || run(sandbox, "dns-zone", "", &input))?;
    }
    ask(sandbox, &mut table, &Names::new("k", count), "SOA", floor)?;
    println!("{table}");
    Ok(())
}

/// `dns-wait-txt` for values that are there, and their TXT.
fn wait_for_what_is_there(
    sandbox: &Sandbox,
    count: usize,
    floor: bool,
) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(format!("{count} values that are there"));
    for form in [Form::Orders, Form::Lines, Form::OneOrder] {
        let names = Names::new(authority::THERE, form.takes(count));
        let input = names.write(sandbox, form, true)?;
        let row = format!("dns-wait-txt, {}", form.say(&names));
        table.add(&row, || run(sandbox, "dns-wait-txt", "", &input))?;
    }
    let names = Names::new(authority::THERE, count);
    ask(sandbox, &mut table, &names, "TXT", floor)?;
    println!("{table}");
    Ok(())
}

/// `dns-wait-txt --timeout 1` for values that never come.
fn wait_in_vain(sandbox: &Sandbox, count: usize) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(format!("{count} values that never come"));
    let names = Names::new("never", count);
    let input = names.write(sandbox, Form::Orders, true)?;
    let row = format!("--timeout 1, {}", Form::Orders.say(&names));
    table.add(&row, || run(sandbox, "dns-wait-txt", "--timeout 1", &input))?;
    println!("{table}");
    Ok(())
}

/// One name at a time, again and again, each of them new.
fn look_up_one(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new("one name".to_owned());
    let name = |label: &str| format!("_acme-challenge.{label}$n.z0.test");
    let programs = [
        ("dns-zone", format!("dns-zone {}", name("one"))),
        (
            "dig, its SOA from the resolver",
            format!("dig @127.0.0.1 {} SOA", name("two")),
        ),
        (
            "dig, its SOA from the server",
            format!("dig @{ADDRESS} +norec {} SOA", name("two")),
        ),
    ];
    for (row, command) in programs {
        let line = format!("for n in $(seq {TIMES}); do {command}; done >/dev/null");
        table.add(row, || {
            let mut measured = measure(sandbox, &line, &[], None)?;
            measured.wall /= TIMES;
            measured.cpu /= TIMES;
            Ok(Row::of(measured, 0, 0))
        })?;
    }
    println!("{table}");
    Ok(())
}

/// Runs one of ours with a file of documents, and counts the challenges that failed.
fn run(
    sandbox: &Sandbox,
    program: &str,
    options: &str,
    input: &str,
) -> Result<Row, Box<dyn Error>> {
    let line = format!("{program} -q {options} <{input} >{input}.out 2>{input}.err || [ $? = 1 ]");
    let measured = measure(sandbox, &line, &[], NOW_AND_THEN)?;
    let output = fs::read_to_string(sandbox.work().join(format!("{input}.out")))?;
    let peak = measured.memory.peak_of(program);
    Ok(Row::of(measured, peak, names::failures(&output)?))
}

/// The same questions from programs that do no more than ask: `dig`, one after the other, and dnsperf, as fast as it can.
fn ask(
    sandbox: &Sandbox,
    table: &mut Table,
    names: &Names,
    kind: &str,
    floor: bool,
) -> Result<(), Box<dyn Error>> {
    names.write_questions(sandbox, kind)?;
    let dig = "dig -f dig.questions >dig.answers";
    let dnsperf = format!("dnsperf -s {ADDRESS} -d dnsperf.questions >dnsperf.log");
    let mut programs = vec![("dig", format!("dig -f, {kind} of each"), dig)];
    if floor {
        programs.push(("dnsperf", format!("dnsperf, {kind} of each"), &dnsperf));
    }
    for (program, row, line) in programs {
        table.add(&row, || {
            let measured = measure(sandbox, line, &[], NOW_AND_THEN)?;
            let peak = measured.memory.peak_of(program);
            Ok(Row::of(measured, peak, 0))
        })?;
    }
    Ok(())
}
