//! Delegations, servers and aliases as a graph for Graphviz.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dns::address;
use dns::check::Graph;

/// The text of one graph for all names.
pub(crate) fn text(graphs: &[Graph]) -> String {
    let mut lines = BTreeSet::new();
    for graph in graphs {
        add(&mut lines, graph);
    }
    let mut text = String::from("digraph dns {\n  rankdir=LR;\n  node [shape=box];\n");
    for line in lines {
        let _ = writeln!(text, "  {line};");
    }
    text.push_str("}\n");
    text
}

fn add(lines: &mut BTreeSet<String>, graph: &Graph) {
    for zone in &graph.zones {
        let own = node("zone", &zone.name.to_ascii());
        lines.insert(format!(
            "{own} [label={}, shape=folder]",
            quoted(&zone.name.to_ascii())
        ));
        if let Some(parent) = &zone.parent {
            lines.insert(format!(
                "{} -> {own} [label=\"NS\"]",
                node("zone", &parent.to_ascii())
            ));
        }
        for server in &zone.servers {
            let address = address::format(&server.address);
            let host = node("server", &address);
            let label = format!("{}\\n{address}", server.name.to_ascii());
            lines.insert(format!("{host} [label={}, shape=ellipse]", quoted(&label)));
            let style = if server.serves {
                "solid"
            } else {
                "dashed, color=red"
            };
            lines.insert(format!("{own} -> {host} [style={style}]"));
        }
    }
    for name in &graph.names {
        let own = node("name", &name.name.to_ascii());
        lines.insert(format!("{own} [label={}]", quoted(&name.name.to_ascii())));
        if let Some(zone) = &name.zone {
            lines.insert(format!("{} -> {own}", node("zone", &zone.to_ascii())));
        }
    }
    for pair in graph.names.windows(2) {
        let [from, to] = [&pair[0], &pair[1]].map(|one| node("name", &one.name.to_ascii()));
        lines.insert(format!("{from} -> {to} [label=\"CNAME\"]"));
    }
}

/// A node's name: a zone and a record can have the same one.
fn node(kind: &str, name: &str) -> String {
    quoted(&format!("{kind} {name}"))
}

/// Names from the wire can hold anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
