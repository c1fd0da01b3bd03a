//! An option for all certificates.

use crate::hook;
use crate::mistakes::Mistakes;
use crate::model::Setting;
use crate::rows::{KEY_MODE, POST_HOOK, PRE_HOOK};
use crate::value;
use command::Opt;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// The setting that a key makes, where its row is among the options.
pub(crate) fn setting(
    key: &str,
    span: &Range<usize>,
    value: &Spanned<DeValue<'_>>,
    options: &[&'static Opt],
    mistakes: &mut Mistakes,
) -> Option<Setting> {
    let option = options.iter().find(|option| option.long == key)?;
    let read = if key == KEY_MODE.long {
        value::mode(key, value.get_ref()).map(|mode| vec![mode])
    } else {
        value::of_option(option, value.get_ref())
    };
    let values = match read {
        Ok(values) => values,
        Err(why) => {
            mistakes.add(&value.span(), why);
            return None;
        }
    };
    if [PRE_HOOK.long, POST_HOOK.long].contains(&key) {
        for command in &values {
            if let Err(why) = hook::check(command) {
                mistakes.add(&value.span(), format!("`{key}`: {why}"));
            }
        }
    }
    if let Some(list) = option.list
        && values.iter().any(|value| value == list.value)
    {
        // On the command line that word shows all.
        let why = format!("`{key}` is a service's code, and `{}` is none", list.value);
        mistakes.add(&value.span(), why);
    }
    Some(Setting {
        option,
        values,
        line: mistakes.line(span),
    })
}
