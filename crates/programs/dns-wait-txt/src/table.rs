//! The table of servers: a line for each of their addresses, its state, its serial and since when.

use std::collections::BTreeMap;
use std::time::Duration;

use dns::propagation::ServerState;

/// One address of a server, with regard to one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The server and its address.
    pub(crate) server: String,
    pub(crate) state: ServerState,
    /// The zone's serial, where its last answer told it.
    pub(crate) serial: Option<u32>,
    /// Since when it is in this state, since the start.
    pub(crate) since: Duration,
    /// What it has in the place of the value.
    pub(crate) instead: Option<String>,
}

/// All values at one address.
struct Address<'a> {
    /// The one that changed last of those that are not as wanted, or of all.
    row: &'a Row,
    values: usize,
    as_wanted: usize,
}

/// A line for each address, of these rows for each value. They change only where a state or a serial does.
pub(crate) fn table(values: &[&[Row]], wanted: ServerState) -> Vec<String> {
    let mut addresses: BTreeMap<&str, Address<'_>> = BTreeMap::new();
    for row in values.iter().copied().flatten() {
        let is_wanted = row.state == wanted;
        let address = addresses.entry(&row.server).or_insert(Address {
            row,
            values: 0,
            as_wanted: 0,
        });
        address.values += 1;
        address.as_wanted += usize::from(is_wanted);
        let worth = |row: &Row| (row.state != wanted, row.since);
        if worth(row) > worth(address.row) {
            address.row = row;
        }
    }
    let cells: Vec<_> = addresses.values().map(|one| one.cells()).collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|cells| cells[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    let line = |cells: &[String; 5]| {
        let mut line = String::from(" ");
        for (cell, width) in cells.iter().zip(widths) {
            if width > 0 {
                line += &format!(" {cell:<width$} ");
            }
        }
        format!("{line} {}{}", cells[3], cells[4])
    };
    cells.iter().map(line).collect()
}

impl Address<'_> {
    fn cells(&self) -> [String; 5] {
        let state = self.row.state.as_str();
        [
            self.row.server.clone(),
            match self.values {
                1 => state.to_owned(),
                all => format!("{state}, {} of {all} done", self.as_wanted),
            },
            self.row
                .serial
                .map_or_else(String::new, |serial| format!("serial {serial}")),
            format!("since {:.1} s", self.row.since.as_secs_f64()),
            self.row
                .instead
                .as_ref()
                .map_or_else(String::new, |values| format!("  has {values} instead")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &str, state: ServerState, serial: Option<u32>, since: u64) -> Row {
        Row {
            server: server.into(),
            state,
            serial,
            since: Duration::from_millis(since),
            instead: None,
        }
    }

    #[test]
    fn each_address_has_its_line_with_state_serial_and_since_when() {
        use ServerState::{Serving, Unreachable, Waiting};
        let one = [
            row("ns1.test. (192.0.2.1)", Serving, None, 1250),
            row("ns2.test. (2001:db8::1)", Waiting, Some(7), 0),
            row("ns3.test. (192.0.2.3)", Unreachable, None, 3000),
        ];
        let lines = [
            "  ns1.test. (192.0.2.1)    serving                since 1.2 s",
            "  ns2.test. (2001:db8::1)  waiting      serial 7  since 0.0 s",
            "  ns3.test. (192.0.2.3)    unreachable            since 3.0 s",
        ];
        assert_eq!(table(&[&one], Serving), lines);
        assert_eq!(table(&[], Serving), [""; 0]);
        let plain = [row("a", Serving, None, 0)];
        assert_eq!(table(&[&plain], Serving), ["  a  serving  since 0.0 s"]);
        let mut wrong = row("a", Waiting, None, 0);
        wrong.instead = Some("\"x\"".into());
        let line = "  a  waiting  since 0.0 s  has \"x\" instead";
        assert_eq!(table(&[&[wrong]], Serving), [line]);
    }

    #[test]
    fn an_address_with_several_values_shows_one_that_is_waited_for() {
        use ServerState::{Serving, Waiting};
        let value = |state, serial, since| [row("a", state, serial, since)];
        let (first, second, third) = (
            value(Serving, None, 900),
            value(Waiting, Some(7), 100),
            value(Waiting, Some(8), 200),
        );
        let shown = |wanted| table(&[&first, &second, &third], wanted);
        assert_eq!(
            shown(Serving),
            ["  a  waiting, 1 of 3 done  serial 8  since 0.2 s"]
        );
        assert_eq!(shown(Waiting), ["  a  serving, 2 of 3 done  since 0.9 s"]);
    }
}
