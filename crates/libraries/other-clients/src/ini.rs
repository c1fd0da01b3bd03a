//! The files in which certbot keeps how a certificate is renewed: `name = value` below `[section]`.

/// Settings, each with the section that it is in.
#[derive(Debug)]
pub(crate) struct Settings(Vec<(String, String, String)>);

impl Settings {
    /// Reads them. A section within a section has the name of both, with a slash between.
    pub(crate) fn parse(text: &str) -> Settings {
        let mut settings = Vec::new();
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(named) = line.strip_prefix("[[") {
                let outer = section.split('/').next().unwrap_or_default();
                section = format!("{outer}/{}", named.trim_end_matches(']'));
            } else if let Some(named) = line.strip_prefix('[') {
                section = named.trim_end_matches(']').to_owned();
            } else if let Some((name, value)) = line.split_once('=')
                && !line.starts_with('#')
            {
                let (name, value) = (name.trim(), unquoted(value.trim()));
                settings.push((section.clone(), name.to_owned(), value.to_owned()));
            }
        }
        Settings(settings)
    }

    /// The value of this name in a section, where it is not empty and not Python's `None`.
    pub(crate) fn get(&self, section: &str, name: &str) -> Option<&str> {
        let mut settings = self.0.iter();
        let (_, _, value) = settings.find(|(of, known, _)| of == section && known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty() && *value != "None")
    }

    /// Whether it is true.
    pub(crate) fn is_true(&self, section: &str, name: &str) -> bool {
        self.get(section, name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The values of a list: with commas between, and maybe one at its end.
    pub(crate) fn list(&self, section: &str, name: &str) -> Vec<&str> {
        let value = self.get(section, name).unwrap_or_default();
        let values = value.split(',').map(str::trim);
        values.filter(|value| !value.is_empty()).collect()
    }
}

fn unquoted(value: &str) -> &str {
    for quote in ['\'', '"'] {
        let inside = value.strip_prefix(quote);
        if let Some(inside) = inside.and_then(|rest| rest.strip_suffix(quote)) {
            return inside;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_certbot_writes_is_read() {
        let text = "# version = 1\nversion = 2.1.0\n[renewalparams]\npref_challs = dns-01,\nreuse_key = True\n\
                    post_hook = None\nrenew_hook = \"a = b\"\n[[webroot_map]]\na.test = /srv\n[other]\nserver =";
        let settings = Settings::parse(text);
        assert_eq!(settings.get("", "version"), Some("2.1.0"));
        assert_eq!(settings.list("renewalparams", "pref_challs"), ["dns-01"]);
        assert!(settings.is_true("renewalparams", "reuse_key"));
        assert_eq!(settings.get("renewalparams", "post_hook"), None);
        assert_eq!(settings.get("renewalparams", "renew_hook"), Some("a = b"));
        let map = settings.get("renewalparams/webroot_map", "a.test");
        assert_eq!(map, Some("/srv"));
        assert_eq!(settings.get("renewalparams", "a.test"), None);
        assert_eq!(settings.get("other", "server"), None);
        let odd = Settings::parse("[\n]=\n=\n[[x]]]\nv=1");
        assert_eq!(odd.get("/x", "v"), Some("1"));
    }
}
