//! From namecheap to zoneee.

use crate::row::{Served, Service, acme_sh, lexicon, open, own, secret};

pub(super) const ROWS: &[Service] = &[
    Service {
        prefix: "NAMECHEAP_",
        served: Served::By(&[
            acme_sh(
                "dns_namecheap",
                &[
                    ("NAMECHEAP_USERNAME", "{NAMECHEAP_API_USER}"),
                    ("NAMECHEAP_API_KEY", "{NAMECHEAP_API_KEY}"),
                    ("NAMECHEAP_SOURCEIP", "{NAMECHEAP_SOURCEIP}"),
                ],
            ),
            lexicon(
                "namecheap",
                60,
                &[
                    ("auth_username", "{NAMECHEAP_API_USER}"),
                    ("auth_token", "{NAMECHEAP_API_KEY}"),
                    ("auth_client_ip", "{NAMECHEAP_SOURCEIP}"),
                ],
            ),
        ]),
        variables: &[
            open("NAMECHEAP_API_USER"),
            secret("NAMECHEAP_API_KEY"),
            open("NAMECHEAP_SOURCEIP"),
        ],
        timeout: 3600,
        note: "NAMECHEAP_SOURCEIP is this machine's public IPv4 address, which the account has to allow. \
               It is read and written as a whole zone.",
        ..Service::new("namecheap", "Namecheap")
    },
    Service {
        prefix: "NAMECOM_",
        served: Served::By(&[
            acme_sh(
                "dns_namecom",
                &[
                    ("Namecom_Username", "{NAMECOM_USERNAME}"),
                    ("Namecom_Token", "{NAMECOM_API_TOKEN}"),
                ],
            ),
            lexicon(
                "namecom",
                300,
                &[
                    ("auth_username", "{NAMECOM_USERNAME}"),
                    ("auth_token", "{NAMECOM_API_TOKEN}"),
                ],
            ),
        ]),
        variables: &[open("NAMECOM_USERNAME"), secret("NAMECOM_API_TOKEN")],
        timeout: 900,
        ..Service::new("namedotcom", "Name.com")
    },
    Service {
        prefix: "NAMESILO_",
        served: Served::By(&[
            acme_sh("dns_namesilo", &[("Namesilo_Key", "{NAMESILO_API_KEY}")]),
            lexicon("namesilo", 3600, &[("auth_token", "{NAMESILO_API_KEY}")]),
        ]),
        variables: &[secret("NAMESILO_API_KEY")],
        timeout: 1800,
        ..Service::new("namesilo", "Namesilo")
    },
    Service {
        prefix: "NETCUP_",
        served: Served::By(&[
            acme_sh(
                "dns_netcup",
                &[
                    ("NC_CID", "{NETCUP_CUSTOMER_NUMBER}"),
                    ("NC_Apikey", "{NETCUP_API_KEY}"),
                    ("NC_Apipw", "{NETCUP_API_PASSWORD}"),
                ],
            ),
            lexicon(
                "netcup",
                120,
                &[
                    ("auth_customer_id", "{NETCUP_CUSTOMER_NUMBER}"),
                    ("auth_api_key", "{NETCUP_API_KEY}"),
                    ("auth_api_password", "{NETCUP_API_PASSWORD}"),
                ],
            ),
        ]),
        variables: &[
            open("NETCUP_CUSTOMER_NUMBER"),
            secret("NETCUP_API_KEY"),
            secret("NETCUP_API_PASSWORD"),
        ],
        timeout: 900,
        ..Service::new("netcup", "Netcup")
    },
    Service {
        variables: &[
            secret("NIFCLOUD_ACCESS_KEY_ID"),
            secret("NIFCLOUD_SECRET_ACCESS_KEY"),
        ],
        ..Service::script("nifcloud", "NIFCloud")
    },
    Service {
        prefix: "NS1_",
        served: Served::By(&[
            lexicon("nsone", 60, &[("auth_token", "{NS1_API_KEY}")]),
            acme_sh("dns_nsone", &[("NS1_Key", "{NS1_API_KEY}")]).one_per_name(),
        ]),
        variables: &[secret("NS1_API_KEY")],
        note: "Through acme.sh, all values at the name are removed with it.",
        ..Service::new("ns1", "NS1")
    },
    Service {
        prefix: "OCI_",
        served: Served::By(&[
            lexicon(
                "oci",
                60,
                &[
                    ("auth_tenancy", "{OCI_TENANCY_OCID}"),
                    ("auth_user", "{OCI_USER_OCID}"),
                    ("auth_region", "{OCI_REGION}"),
                    ("auth_key_file", "{OCI_PRIVKEY_FILE}"),
                    ("auth_fingerprint", "{OCI_PUBKEY_FINGERPRINT}"),
                    ("auth_pass_phrase", "{OCI_PRIVKEY_PASS}"),
                    ("auth_type", "api_key"),
                ],
            ),
            acme_sh(
                "dns_oci",
                &[
                    ("OCI_CLI_TENANCY", "{OCI_TENANCY_OCID}"),
                    ("OCI_CLI_USER", "{OCI_USER_OCID}"),
                    ("OCI_CLI_REGION", "{OCI_REGION}"),
                    ("OCI_CLI_KEY_FILE", "{OCI_PRIVKEY_FILE}"),
                ],
            ),
        ]),
        variables: &[
            open("OCI_TENANCY_OCID"),
            open("OCI_USER_OCID"),
            open("OCI_REGION"),
            open("OCI_PRIVKEY_FILE"),
            open("OCI_PUBKEY_FINGERPRINT"),
            secret("OCI_PRIVKEY_PASS"),
        ],
        timeout: 180,
        note: "A private key with a password needs lexicon, with OCI_PRIVKEY_PASS and OCI_PUBKEY_FINGERPRINT.",
        ..Service::new("oraclecloud", "Oracle Cloud")
    },
    Service {
        variables: &[
            open("OTC_DOMAIN_NAME"),
            open("OTC_USER_NAME"),
            secret("OTC_PASSWORD"),
            open("OTC_PROJECT_NAME"),
            open("OTC_IDENTITY_ENDPOINT"),
        ],
        ..Service::script("otc", "Open Telekom Cloud")
    },
    Service {
        prefix: "OVH_",
        served: Served::By(&[
            acme_sh(
                "dns_ovh",
                &[
                    ("OVH_END_POINT", "{OVH_ENDPOINT}"),
                    ("OVH_AK", "{OVH_APPLICATION_KEY}"),
                    ("OVH_AS", "{OVH_APPLICATION_SECRET}"),
                    ("OVH_CK", "{OVH_CONSUMER_KEY}"),
                ],
            ),
            lexicon(
                "ovh",
                60,
                &[
                    ("auth_entrypoint", "{OVH_ENDPOINT}"),
                    ("auth_application_key", "{OVH_APPLICATION_KEY}"),
                    ("auth_application_secret", "{OVH_APPLICATION_SECRET}"),
                    ("auth_consumer_key", "{OVH_CONSUMER_KEY}"),
                ],
            ),
        ]),
        variables: &[
            open("OVH_ENDPOINT"),
            secret("OVH_APPLICATION_KEY"),
            secret("OVH_APPLICATION_SECRET"),
            secret("OVH_CONSUMER_KEY"),
        ],
        note: "OVH_ENDPOINT is ovh-eu, ovh-ca or ovh-us.",
        ..Service::new("ovh", "OVH")
    },
    Service {
        prefix: "PDNS_",
        served: Served::By(&[own("dns01-pdns")]),
        variables: &[
            open("PDNS_API_URL"),
            secret("PDNS_API_KEY"),
            open("PDNS_SERVER_NAME"),
        ],
        note: "Needs PDNS_API_URL and PDNS_API_KEY.",
        ..Service::new("pdns", "PowerDNS")
    },
    Service {
        prefix: "RACKSPACE_",
        served: Served::By(&[
            acme_sh(
                "dns_rackspace",
                &[
                    ("RACKSPACE_Username", "{RACKSPACE_USER}"),
                    ("RACKSPACE_Apikey", "{RACKSPACE_API_KEY}"),
                ],
            ),
            lexicon(
                "rackspace",
                300,
                &[
                    ("auth_username", "{RACKSPACE_USER}"),
                    ("auth_api_key", "{RACKSPACE_API_KEY}"),
                ],
            ),
        ]),
        variables: &[open("RACKSPACE_USER"), secret("RACKSPACE_API_KEY")],
        ..Service::new("rackspace", "Rackspace")
    },
    Service {
        prefix: "RFC2136_",
        served: Served::By(&[own("dns01-rfc2136")]),
        variables: &[
            open("RFC2136_NAMESERVER"),
            open("RFC2136_TSIG_FILE"),
            open("RFC2136_TSIG_KEY"),
            secret("RFC2136_TSIG_SECRET"),
            open("RFC2136_TSIG_ALGORITHM"),
        ],
        note: "Needs RFC2136_NAMESERVER, and mostly a TSIG key: RFC2136_TSIG_FILE, or RFC2136_TSIG_KEY, RFC2136_TSIG_SECRET \
               and RFC2136_TSIG_ALGORITHM.",
        timeout: 60,
        ..Service::new("rfc2136", "RFC2136")
    },
    Service {
        prefix: "AWS_",
        served: Served::By(&[
            lexicon("route53", 60, &[])
                .with(&[
                    ("auth_access_key", "{AWS_ACCESS_KEY_ID}"),
                    ("auth_access_secret", "{AWS_SECRET_ACCESS_KEY}"),
                    ("zone_id", "{AWS_HOSTED_ZONE_ID}"),
                ])
                .unless(&["AWS_SESSION_TOKEN"]),
            acme_sh(
                "dns_aws",
                &[
                    ("AWS_ACCESS_KEY_ID", "{AWS_ACCESS_KEY_ID}"),
                    ("AWS_SECRET_ACCESS_KEY", "{AWS_SECRET_ACCESS_KEY}"),
                ],
            )
            .with(&[("AWS_SESSION_TOKEN", "{AWS_SESSION_TOKEN}")])
            .one_per_name(),
        ]),
        variables: &[
            open("AWS_ACCESS_KEY_ID"),
            secret("AWS_SECRET_ACCESS_KEY"),
            secret("AWS_SESSION_TOKEN"),
            open("AWS_HOSTED_ZONE_ID"),
        ],
        note: "With lexicon, which needs boto3, what that finds works too: profiles, shared credentials, the role of the machine. \
               Through acme.sh, all values at the name are removed with it; AWS_SESSION_TOKEN needs acme.sh.",
        ..Service::new("route53", "Amazon Route 53")
    },
    Service {
        prefix: "SAKURACLOUD_",
        served: Served::By(&[lexicon(
            "sakuracloud",
            60,
            &[
                ("auth_token", "{SAKURACLOUD_ACCESS_TOKEN}"),
                ("auth_secret", "{SAKURACLOUD_ACCESS_TOKEN_SECRET}"),
            ],
        )]),
        variables: &[
            secret("SAKURACLOUD_ACCESS_TOKEN"),
            secret("SAKURACLOUD_ACCESS_TOKEN_SECRET"),
        ],
        ..Service::new("sakuracloud", "Sakura Cloud")
    },
    Service {
        prefix: "SELECTEL_",
        served: Served::By(&[acme_sh(
            "dns_selectel",
            &[("SL_Key", "{SELECTEL_API_TOKEN}"), ("SL_Ver", "v1")],
        )]),
        variables: &[secret("SELECTEL_API_TOKEN")],
        note: "Version 1 of the API.",
        ..Service::new("selectel", "Selectel")
    },
    Service::gone(
        "stackpath",
        "Stackpath",
        "it was shut down; move the zone to another service",
    ),
    Service {
        prefix: "TRANSIP_",
        served: Served::By(&[
            acme_sh(
                "dns_transip",
                &[
                    ("TRANSIP_Username", "{TRANSIP_ACCOUNT_NAME}"),
                    ("TRANSIP_Key_File", "{TRANSIP_PRIVATE_KEY_PATH}"),
                ],
            ),
            lexicon(
                "transip",
                60,
                &[
                    ("auth_username", "{TRANSIP_ACCOUNT_NAME}"),
                    ("auth_api_key", "{TRANSIP_PRIVATE_KEY_PATH}"),
                ],
            ),
        ]),
        variables: &[
            open("TRANSIP_ACCOUNT_NAME"),
            open("TRANSIP_PRIVATE_KEY_PATH"),
        ],
        timeout: 600,
        ..Service::new("transip", "TransIP")
    },
    Service {
        variables: &[
            secret("SECRET_VEGADNS_KEY"),
            secret("SECRET_VEGADNS_SECRET"),
            open("VEGADNS_URL"),
        ],
        ..Service::script("vegadns", "VegaDNS")
    },
    Service {
        variables: &[open("VERSIO_USERNAME"), secret("VERSIO_PASSWORD")],
        ..Service::script("versio", "Versio.[nl|eu|uk]")
    },
    Service {
        prefix: "VSCALE_",
        served: Served::By(&[
            acme_sh("dns_vscale", &[("VSCALE_API_KEY", "{VSCALE_API_TOKEN}")]).one_per_name(),
        ]),
        variables: &[secret("VSCALE_API_TOKEN")],
        note: "Another value at the name may be removed in its place.",
        ..Service::new("vscale", "Vscale")
    },
    Service {
        prefix: "VULTR_",
        served: Served::By(&[
            acme_sh("dns_vultr", &[("VULTR_API_KEY", "{VULTR_API_KEY}")]),
            lexicon("vultr", 120, &[("auth_token", "{VULTR_API_KEY}")]),
        ]),
        variables: &[secret("VULTR_API_KEY")],
        ..Service::new("vultr", "Vultr")
    },
    Service {
        prefix: "ZONEEE_",
        served: Served::By(&[acme_sh(
            "dns_zone",
            &[
                ("ZONE_Username", "{ZONEEE_API_USER}"),
                ("ZONE_Key", "{ZONEEE_API_KEY}"),
            ],
        )
        .one_per_name()]),
        variables: &[open("ZONEEE_API_USER"), secret("ZONEEE_API_KEY")],
        timeout: 300,
        note: "Another value at the name may be removed in its place.",
        ..Service::new("zoneee", "Zone.ee")
    },
];
