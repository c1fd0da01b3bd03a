//! Other clients, each with so many copies of one certificate under different names: getting that many from the CA would
//! take them minutes, and what they do where none is due is the same.

use std::error::Error;
use std::fs;

use sandbox::Sandbox;

/// A client that looks whether its certificates are due.
pub(super) struct Other {
    pub(super) name: &'static str,
    /// The name of the file that its processes run.
    pub(super) process: &'static str,
    pub(super) line: String,
    pub(super) env: Vec<(String, String)>,
}

/// certbot and lego, with so many certificates each.
pub(super) fn clients(sandbox: &Sandbox, count: usize) -> Result<Vec<Other>, Box<dyn Error>> {
    let root = sandbox.tools_root();
    let root = root.display();
    let work = sandbox.work();
    let at = work.display();
    let ca = sandbox.dir().join("ca.pem").display().to_string();
    sandbox.trust_for_all();

    let hook = work.join("certbot-for-life");
    sandbox::write_script(
        &hook,
        "\"$EXEC_PATH\" \"$1\" \"_acme-challenge.$CERTBOT_DOMAIN.\" \"$CERTBOT_VALIDATION\" || exit\n\
         [ \"$1\" != present ] || sleep 0.2",
    )?;
    let hook = hook.display();
    let certbot = format!(
        "python=/usr/bin/python3; [ -x $python ] || python={root}/usr/bin/python3; $python {root}/usr/bin/certbot \
         --config-dir {at}/certbot.l --work-dir {at}/certbot.l --logs-dir {at}/certbot.l --non-interactive \
         --server \"$LEGO_SERVER\""
    );
    let certbot_env = vec![
        (
            "PYTHONPATH".to_owned(),
            format!("{root}/usr/lib/python3/dist-packages"),
        ),
        ("REQUESTS_CA_BUNDLE".to_owned(), ca),
    ];
    let name = "certbot-life.example.test";
    run(
        sandbox,
        &format!(
            "{certbot} certonly --agree-tos --no-eff-email -m a@example.test --manual --preferred-challenges dns \
             --manual-auth-hook '{hook} present' --manual-cleanup-hook '{hook} cleanup' -d {name}"
        ),
        &certbot_env,
    )?;
    copy_lineages(sandbox, name, count)?;

    let lego_env = vec![
        ("LEGO_PATH".to_owned(), format!("{at}/lego.l")),
        ("EXEC_SEQUENCE_INTERVAL".to_owned(), "1".to_owned()),
        ("EXEC_POLLING_INTERVAL".to_owned(), "1".to_owned()),
    ];
    let lego = "lego --accept-tos --email a@example.test --server \"$LEGO_SERVER\" --dns exec";
    let name = "lego-life.example.test";
    run(sandbox, &format!("{lego} -d {name} run"), &lego_env)?;
    let kept = work.join("lego.l/certificates");
    for number in 1..=count {
        for kind in ["crt", "key", "json", "issuer.crt"] {
            let (from, to) = (
                kept.join(format!("{name}.{kind}")),
                kept.join(format!("n{number}.{name}.{kind}")),
            );
            fs::copy(from, to)?;
        }
    }
    let each = format!("{lego} -d n%.{name} renew --no-random-sleep");
    Ok(vec![
        Other {
            name: "certbot renew",
            process: "python3",
            line: format!("{certbot} renew --no-random-sleep-on-renew >/dev/null 2>&1"),
            env: certbot_env,
        },
        Other {
            name: "lego renew, a process each",
            process: "lego",
            line: format!(
                "for n in $(seq {count}); do {} >/dev/null 2>&1; done",
                each.replace('%', "$n")
            ),
            env: lego_env,
        },
    ])
}

/// So many copies of what certbot calls a lineage.
fn copy_lineages(sandbox: &Sandbox, name: &str, count: usize) -> Result<(), Box<dyn Error>> {
    let script = format!(
        "cd certbot.l && for n in $(seq {count}); do\n\
         cp -r archive/{name} archive/n$n.{name} && mkdir live/n$n.{name} &&\n\
         for kind in cert chain fullchain privkey; do\n\
         ln -s ../../archive/n$n.{name}/${{kind}}1.pem live/n$n.{name}/$kind.pem || exit; done &&\n\
         sed \"s|/{name}|/n$n.{name}|g\" renewal/{name}.conf >renewal/n$n.{name}.conf || exit; done"
    );
    run(sandbox, &script, &[])
}

fn run(sandbox: &Sandbox, line: &str, env: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    crate::measure::measure(sandbox, line, env, None).map(drop)
}
