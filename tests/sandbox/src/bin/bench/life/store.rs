//! A store with very many certificates: copies of one under different names.

use std::error::Error;

use sandbox::Sandbox;

use crate::measure::measure;

/// The certificate that all are copies of.
const NAME: &str = "life.example.test";

/// Has the pipeline get one certificate, fills a store with so many copies of it, and returns the directory that the store
/// is in.
pub(super) fn fill(sandbox: &Sandbox, count: usize) -> Result<String, Box<dyn Error>> {
    let path = sandbox.work().join(format!("certificates-{count}"));
    let path = path.display().to_string();
    let name = format!("n{count}.{NAME}");
    let issue = format!("acme-issue -q -d {name} --path {path} >/dev/null");
    measure(sandbox, &issue, &[], None)?;
    // Each gets a directory of a version, and the link to it, as the store has them.
    let copy = format!(
        "cd {path}/certificates && version=$(basename \"$(readlink {name})\") && for n in $(seq 2 {count}); do\n\
         to=.versions/n$n.{name} && mkdir $to && cp -r .versions/{name}/$version $to/ &&\n\
         sed -i \"s/\\\"{name}/\\\"n$n.{name}/\" $to/$version/order.json && ln -s $to/$version n$n.{name} || exit; done"
    );
    measure(sandbox, &copy, &[], None)?;
    Ok(path)
}
