//! What a disk that is full costs: no certificate.

use workshop::{FalseCa, Issuer, Workshop, run};

const NAME: &str = "a.example.test";

#[test]
fn a_full_disk_is_found_out_before_the_ca_issues_what_cannot_be_kept() {
    let workshop = Workshop::open();
    let issuer = Issuer::new(&[NAME], 1, |_| {});
    let ca = FalseCa::start(&workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", NAME]));
    let ordered = run(command, "").success();
    // Room for a key, and for no version.
    let line = r#"set -e
        mkdir full && mount -t tmpfs -o size=256k,mode=700 tmpfs full || exit 77
        mkdir -m 700 full/data
        cat /dev/zero >full/filler 2>/dev/null || :
        truncate -s -16384 full/filler
        status=0
        acme-finalize --path full/data --accounts data/accounts <ordered >failed.json || status=$?
        [ $status = 1 ]
        rm full/filler
        acme-finalize --path full/data --accounts data/accounts <ordered >done.json"#;
    std::fs::write(workshop.dir().join("ordered"), &ordered.stdout).expect("written");
    let mut command = workshop.command("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", line]);
    ca.trusted_by(&mut command);
    let ended = run(command, "");
    if [1, 77].contains(&ended.status) && !workshop.dir().join("failed.json").exists() {
        eprintln!("this system lets nobody but root mount anything: not tested");
        return;
    }
    ended.assert_status(0);
    let read = |file: &str| -> serde_json::Value {
        let text = std::fs::read(workshop.dir().join(file)).expect("written");
        serde_json::from_slice(&text).expect("a document")
    };
    let failed = read("failed.json");
    assert_eq!(failed["error"]["type"], "acmepipe:files", "{failed}");
    assert!(failed["error"]["detail"].to_string().contains("No space"));
    let hint = failed["error"]["hint"].to_string();
    assert!(hint.contains("Make room on that disk"), "{failed}");
    assert_ne!(failed["order"]["status"], "valid", "nothing was issued");
    assert!(failed["certificate"].is_null() && read("done.json")["certificate"].is_object());
}
