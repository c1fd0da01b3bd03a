//! From easydns to mydnsjp.

use crate::row::{Served, Service, acme_sh, lexicon, open, own, secret};

pub(super) const ROWS: &[Service] = &[
    Service {
        prefix: "EASYDNS_",
        served: Served::By(&[
            acme_sh(
                "dns_easydns",
                &[
                    ("EASYDNS_Token", "{EASYDNS_TOKEN}"),
                    ("EASYDNS_Key", "{EASYDNS_KEY}"),
                ],
            ),
            lexicon(
                "easydns",
                120,
                &[
                    ("auth_username", "{EASYDNS_TOKEN}"),
                    ("auth_token", "{EASYDNS_KEY}"),
                ],
            ),
        ]),
        variables: &[secret("EASYDNS_TOKEN"), secret("EASYDNS_KEY")],
        ..Service::new("easydns", "EasyDNS")
    },
    Service {
        served: Served::Script("it is the program that --exec or EXEC_PATH names"),
        variables: &[open("EXEC_PATH"), open("EXEC_MODE")],
        ..Service::new("exec", "External program")
    },
    Service {
        prefix: "EXOSCALE_",
        // lexicon's client asks version 1 of the API, which ended in May 2024.
        served: Served::By(&[acme_sh(
            "dns_exoscale",
            &[
                ("EXOSCALE_API_KEY", "{EXOSCALE_API_KEY}"),
                ("EXOSCALE_SECRET_KEY", "{EXOSCALE_API_SECRET}"),
            ],
        )
        .one_per_name()]),
        variables: &[secret("EXOSCALE_API_KEY"), secret("EXOSCALE_API_SECRET")],
        note: "Another value at the name may be removed in its place.",
        ..Service::new("exoscale", "Exoscale")
    },
    Service {
        prefix: "AKAMAI_",
        served: Served::By(&[acme_sh(
            "dns_edgedns",
            &[
                ("AKAMAI_HOST", "{AKAMAI_HOST}"),
                ("AKAMAI_CLIENT_TOKEN", "{AKAMAI_CLIENT_TOKEN}"),
                ("AKAMAI_CLIENT_SECRET", "{AKAMAI_CLIENT_SECRET}"),
                ("AKAMAI_ACCESS_TOKEN", "{AKAMAI_ACCESS_TOKEN}"),
            ],
        )]),
        variables: &[
            open("AKAMAI_HOST"),
            secret("AKAMAI_CLIENT_TOKEN"),
            secret("AKAMAI_CLIENT_SECRET"),
            secret("AKAMAI_ACCESS_TOKEN"),
        ],
        timeout: 180,
        ..Service::new("fastdns", "FastDNS")
    },
    Service::gone(
        "gandi",
        "Gandi (version 4)",
        "use gandiv5, with GANDIV5_PERSONAL_ACCESS_TOKEN",
    ),
    Service {
        prefix: "GANDIV5_",
        served: Served::By(&[
            acme_sh(
                "dns_gandi_livedns",
                &[("GANDI_LIVEDNS_TOKEN", "{GANDIV5_PERSONAL_ACCESS_TOKEN}")],
            ),
            acme_sh(
                "dns_gandi_livedns",
                &[("GANDI_LIVEDNS_KEY", "{GANDIV5_API_KEY}")],
            ),
            lexicon(
                "gandi",
                300,
                &[
                    ("auth_token", "{GANDIV5_API_KEY}"),
                    ("api_protocol", "rest"),
                ],
            ),
        ]),
        variables: &[
            secret("GANDIV5_PERSONAL_ACCESS_TOKEN"),
            secret("GANDIV5_API_KEY"),
        ],
        timeout: 1200,
        ..Service::new("gandiv5", "Gandi Live DNS (v5)")
    },
    Service {
        prefix: "GCE_",
        served: Served::By(&[
            lexicon(
                "googleclouddns",
                120,
                &[(
                    "auth_service_account_info",
                    "file::{GCE_SERVICE_ACCOUNT_FILE}",
                )],
            ),
            lexicon(
                "googleclouddns",
                120,
                &[(
                    "auth_service_account_info",
                    "base64::{GCE_SERVICE_ACCOUNT|base64}",
                )],
            ),
        ]),
        variables: &[
            open("GCE_SERVICE_ACCOUNT_FILE"),
            secret("GCE_SERVICE_ACCOUNT"),
        ],
        timeout: 180,
        note: "The project is the one that the account's JSON names. Credentials of the metadata server are not used.",
        ..Service::new("gcloud", "Google Cloud")
    },
    Service {
        prefix: "GLESYS_",
        served: Served::By(&[
            acme_sh(
                "dns_glesys",
                &[
                    ("GLESYS_PROJECT_ID", "{GLESYS_API_USER}"),
                    ("GLESYS_API_KEY", "{GLESYS_API_KEY}"),
                ],
            )
            .with(&[("GLESYS_TTL", "{GLESYS_TTL}")]),
            lexicon(
                "glesys",
                60,
                &[
                    ("auth_username", "{GLESYS_API_USER}"),
                    ("auth_token", "{GLESYS_API_KEY}"),
                ],
            ),
        ]),
        variables: &[
            open("GLESYS_API_USER"),
            secret("GLESYS_API_KEY"),
            open("GLESYS_TTL"),
        ],
        timeout: 1200,
        ..Service::new("glesys", "Glesys")
    },
    Service {
        prefix: "GODADDY_",
        served: Served::By(&[
            acme_sh(
                "dns_gd",
                &[
                    ("GD_Key", "{GODADDY_API_KEY}"),
                    ("GD_Secret", "{GODADDY_API_SECRET}"),
                ],
            ),
            lexicon(
                "godaddy",
                600,
                &[
                    ("auth_key", "{GODADDY_API_KEY}"),
                    ("auth_secret", "{GODADDY_API_SECRET}"),
                ],
            ),
        ]),
        variables: &[secret("GODADDY_API_KEY"), secret("GODADDY_API_SECRET")],
        ..Service::new("godaddy", "Go Daddy")
    },
    Service {
        prefix: "HOSTINGDE_",
        served: Served::By(&[
            acme_sh(
                "dns_hostingde",
                &[
                    ("HOSTINGDE_APIKEY", "{HOSTINGDE_API_KEY}"),
                    ("HOSTINGDE_ENDPOINT", "https://secure.hosting.de"),
                ],
            ),
            lexicon("hostingde", 120, &[("auth_token", "{HOSTINGDE_API_KEY}")]),
        ]),
        variables: &[secret("HOSTINGDE_API_KEY")],
        ..Service::new("hostingde", "Hosting.de")
    },
    Service {
        prefix: "HTTPREQ_",
        served: Served::By(&[own("dns01-httpreq")]),
        variables: &[
            open("HTTPREQ_ENDPOINT"),
            open("HTTPREQ_MODE"),
            open("HTTPREQ_USERNAME"),
            secret("HTTPREQ_PASSWORD"),
            secret("HTTPREQ_TOKEN"),
        ],
        note: "Needs HTTPREQ_ENDPOINT. HTTPREQ_TOKEN takes the place of user and password.",
        ..Service::new("httpreq", "HTTP request")
    },
    Service {
        variables: &[
            secret("IIJ_API_ACCESS_KEY"),
            secret("IIJ_API_SECRET_KEY"),
            open("IIJ_DO_SERVICE_CODE"),
        ],
        ..Service::script("iij", "Internet Initiative Japan")
    },
    Service {
        prefix: "INWX_",
        served: Served::By(&[
            acme_sh(
                "dns_inwx",
                &[
                    ("INWX_User", "{INWX_USERNAME}"),
                    ("INWX_Password", "{INWX_PASSWORD}"),
                ],
            )
            .with(&[("INWX_Shared_Secret", "{INWX_SHARED_SECRET}")]),
            lexicon(
                "inwx",
                300,
                &[
                    ("auth_username", "{INWX_USERNAME}"),
                    ("auth_password", "{INWX_PASSWORD}"),
                ],
            ),
        ]),
        variables: &[
            open("INWX_USERNAME"),
            secret("INWX_PASSWORD"),
            secret("INWX_SHARED_SECRET"),
        ],
        timeout: 360,
        note: "INWX_SHARED_SECRET needs acme.sh and the command oathtool.",
        ..Service::new("inwx", "INWX")
    },
    Service {
        prefix: "JOKER_",
        served: Served::By(&[
            acme_sh(
                "dns_joker",
                &[
                    ("JOKER_USERNAME", "{JOKER_USERNAME}"),
                    ("JOKER_PASSWORD", "{JOKER_PASSWORD}"),
                ],
            )
            .one_per_name(),
            lexicon("joker", 60, &[("auth_token", "{JOKER_API_KEY}")]),
        ]),
        variables: &[
            open("JOKER_USERNAME"),
            secret("JOKER_PASSWORD"),
            secret("JOKER_API_KEY"),
        ],
        note: "JOKER_USERNAME and JOKER_PASSWORD are those of the zone's dynamic DNS (SVC); JOKER_API_KEY is for DMAPI. Through acme.sh, one value is kept at a name.",
        ..Service::new("joker", "Joker")
    },
    Service {
        variables: &[
            open("AWS_ACCESS_KEY_ID"),
            secret("AWS_SECRET_ACCESS_KEY"),
            open("DNS_ZONE"),
        ],
        ..Service::script("lightsail", "Amazon Lightsail")
    },
    Service::gone(
        "linode",
        "Linode (version 3)",
        "use linodev4, with LINODE_TOKEN",
    ),
    Service {
        prefix: "LINODE_",
        served: Served::By(&[
            lexicon("linode4", 300, &[("auth_token", "{LINODE_TOKEN}")]),
            acme_sh("dns_linode_v4", &[("LINODE_V4_API_KEY", "{LINODE_TOKEN}")]).one_per_name(),
        ]),
        variables: &[secret("LINODE_TOKEN")],
        note: "Through acme.sh, another value at the name may be removed in its place.",
        ..Service::new("linodev4", "Linode (v4)")
    },
    Service {
        variables: &[
            open("LIQUID_WEB_USERNAME"),
            secret("LIQUID_WEB_PASSWORD"),
            open("LIQUID_WEB_ZONE"),
        ],
        ..Service::script("liquidweb", "Liquid Web")
    },
    Service {
        prefix: "MYDNSJP_",
        served: Served::By(&[acme_sh(
            "dns_mydnsjp",
            &[
                ("MYDNSJP_MasterID", "{MYDNSJP_MASTER_ID}"),
                ("MYDNSJP_Password", "{MYDNSJP_PASSWORD}"),
            ],
        )]),
        variables: &[open("MYDNSJP_MASTER_ID"), secret("MYDNSJP_PASSWORD")],
        ..Service::new("mydnsjp", "MyDNS.jp")
    },
];
