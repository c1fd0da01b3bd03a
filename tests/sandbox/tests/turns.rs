//! Services and scripts that hold fewer values than a run needs: certificates come all the same, in as many rounds as it
//! takes.

use std::collections::BTreeSet;

use sandbox::{Config, Ended, Sandbox, Zone};

/// Shell functions for scripts: `update` sends these changes. The TTL is short, since another value at the same name
/// outlasts what the CA's resolver may still know.
const UPDATE: &str = r#"update() {
    nsupdate -k "$DNS_KEY" <<END
server $DNS_SERVER
$1
send
END
}
case $1 in present|cleanup) ;; *) exit 64 ;; esac
"#;

/// Removes all TXT records of the zone before it adds one, as some services do.
const WIPES_ZONE: &str = r#"
all=$HOME/written
wiped=$(test -e "$all" && sed 's/.*/update delete & TXT/' "$all")
case $1 in
present)
    update "$wiped
update add $2 1 TXT \"$3\""
    echo "$2" >>"$all" ;;
cleanup) update "update delete $2 TXT \"$3\"" ;;
esac
"#;

/// Has one TXT record for all names of an account.
const ONE_FOR_ALL: &str = r#"
for name in a b c; do
    name=_acme-challenge.$name.example.test
    change="$change
update delete $name TXT"
    test "$1" = cleanup || change="$change
update add $name 1 TXT \"$3\""
done
update "$change"
"#;

/// Sets the record in place of what is there.
const REPLACES: &str = r#"
change="update delete $2 TXT"
test "$1" = cleanup || change="$change
update add $2 1 TXT \"$3\""
update "$change"
"#;

/// Keeps the last two values, as acme-dns does.
const KEEPS_TWO: &str = r#"
all=$HOME/values
touch "$all"
if test "$1" = present; then
    echo "$3" >>"$all"
else
    grep -vxF -e "$3" "$all" >"$all.new"
    mv "$all.new" "$all"
fi
update "update delete $2 TXT
$(tail -n 2 "$all" | sed "s/.*/update add $2 1 TXT \"&\"/")"
"#;

/// Runs `acme-issue` with this script, a line of names for each certificate.
fn issue(sandbox: &Sandbox, script: &str, options: &str, names: &str) -> Ended {
    let script = sandbox.script("hook.sh", &format!("{UPDATE}{script}"));
    let script = script.display();
    sandbox.sh_with(
        &format!("HOME=$PWD acme-issue -x '{script}' --timeout 30 {options}"),
        names,
    )
}

/// A zone of which resolvers remember for a second only that there was nothing: the CA may come too late.
fn zone(name: &str) -> Zone {
    Zone::new(name).minimum(1)
}

fn short_memory() -> Sandbox {
    Sandbox::with(Config::default().zones([zone("example.test")]))
}

/// All orders have a certificate, and nothing is left.
#[track_caller]
fn assert_issued(sandbox: &Sandbox, ended: &Ended, orders: usize) {
    ended.assert_status(0);
    let documents = ended.documents();
    assert_eq!(documents.len(), orders, "{}", ended.stderr);
    for order in documents {
        assert!(order["certificate"].is_object(), "{order:#}");
    }
    sandbox.assert_no_trace();
}

/// The types of the problems that were told.
fn told(ended: &Ended) -> BTreeSet<&'static str> {
    let types = ["removed the other", "was there and is gone"];
    types
        .into_iter()
        .filter(|text| ended.stderr.contains(text))
        .collect()
}

#[test]
fn a_script_that_wipes_the_zone_gets_certificates_one_challenge_at_a_time() {
    let sandbox = short_memory();
    let names = "a.example.test b.example.test c.example.test\nd.example.test\n";
    let ended = issue(&sandbox, WIPES_ZONE, "", names);
    assert!(!told(&ended).is_empty(), "{}", ended.stderr);
    assert_issued(&sandbox, &ended, 2);
    // Who knows the service says so, and loses no time.
    let names = "e.example.test f.example.test\ng.example.test\n";
    let ended = issue(&sandbox, WIPES_ZONE, "--one-per-zone", names);
    assert!(told(&ended).is_empty(), "{}", ended.stderr);
    assert_issued(&sandbox, &ended, 2);
}

#[test]
fn a_service_with_one_value_for_all_names_gets_certificates_one_challenge_at_a_time() {
    let sandbox = Sandbox::start();
    let names = "a.example.test b.example.test c.example.test\n";
    let ended = issue(&sandbox, ONE_FOR_ALL, "", names);
    assert!(
        ended.stderr.contains("one value stands at several names"),
        "{}",
        ended.stderr
    );
    assert_issued(&sandbox, &ended, 1);
}

/// `example.test` with aliases of so many challenges, all to one name.
fn aliases(count: usize) -> (Config, Vec<String>) {
    let names = (0..count).map(|number| format!("n{number}.example.test"));
    let aliases = (0..count).fold(zone("example.test"), |zone, number| {
        zone.record(&format!("_acme-challenge.n{number} CNAME all.auth.test."))
    });
    let config = Config::default().zones([aliases, zone("auth.test")]);
    (config, names.collect())
}

#[test]
fn all_but_one_of_eighteen_names_that_lead_to_one_record_of_a_script_that_replaces_are_recognized()
{
    let (config, names) = aliases(18);
    let sandbox = Sandbox::with(config);
    let script = sandbox.script("hook.sh", &format!("{UPDATE}{REPLACES}"));
    let script = script.display();
    let ended = sandbox.sh(&format!(
        "acme-order -d {} | dns-zone | dns01-exec present -x '{script}' | dns-wait-txt --timeout 30 \
         | dns01-exec cleanup -x '{script}'",
        names.join(",")
    ));
    ended.assert_status(1);
    let order = ended.document();
    let challenges = order["challenges"].as_array().expect("challenges");
    let overwritten = challenges
        .iter()
        .filter(|one| one["error"]["type"] == "acmepipe:dns:overwritten");
    assert_eq!(overwritten.count(), 17, "{order:#}");
    sandbox.assert_no_trace();
}

#[test]
fn three_names_that_lead_to_one_record_of_a_script_that_replaces_take_their_turns() {
    let (config, names) = aliases(3);
    let sandbox = Sandbox::with(config);
    let ended = issue(&sandbox, REPLACES, "", &names.join(" "));
    assert_issued(&sandbox, &ended, 1);
}

#[test]
fn a_service_that_keeps_two_values_serves_three_names_in_several_certificates() {
    let (config, names) = aliases(5);
    let sandbox = Sandbox::with(config);
    let lines = format!("{}\n{}\n", names[..3].join(" "), names[3..].join(" "));
    let ended = issue(&sandbox, KEEPS_TWO, "", &lines);
    assert_issued(&sandbox, &ended, 2);
}

#[test]
fn two_certificates_that_need_one_name_take_turns_with_a_script_that_replaces() {
    let sandbox = short_memory();
    let names = "example.test\n*.example.test\nother.example.test\n";
    let ended = issue(&sandbox, REPLACES, "--one-per-name", names);
    assert!(told(&ended).is_empty(), "{}", ended.stderr);
    assert_issued(&sandbox, &ended, 3);
    // Where nothing is said of the script, one may be lost on the way to the CA, and is ordered once more.
    let names = "a.example.test\n*.a.example.test\nb.example.test\n";
    let ended = issue(&sandbox, REPLACES, "", names);
    assert_issued(&sandbox, &ended, 3);
    let names = "c.example.test *.c.example.test\nc.example.test *.c.example.test d.example.test\n";
    let ended = issue(&sandbox, REPLACES, "", names);
    assert_issued(&sandbox, &ended, 2);
    // Two with the same first name are two orders.
    let names = "e.example.test\ne.example.test f.example.test\n";
    let ended = issue(&sandbox, REPLACES, "", names);
    assert_issued(&sandbox, &ended, 2);
}

#[test]
fn a_value_of_another_certificate_in_place_of_this_one_is_recognized() {
    let sandbox = Sandbox::start();
    let script = sandbox.script("hook.sh", &format!("{UPDATE}{REPLACES}"));
    // Both are presented before the servers are asked.
    let ended = sandbox.sh_with(
        &format!(
            "acme-order | dns-zone | dns01-exec present -x '{0}' >presented
             dns-wait-txt --timeout 30 <presented | dns01-exec cleanup -x '{0}'",
            script.display()
        ),
        "example.test\n*.example.test\n",
    );
    ended.assert_status(1);
    let documents = ended.documents();
    let errors: Vec<_> = documents
        .iter()
        .filter_map(|order| order["error"]["type"].as_str())
        .collect();
    assert_eq!(errors, ["acmepipe:dns:overwritten"], "{}", ended.stderr);
    sandbox.assert_no_trace();
}
