//! From acme-dns to dyn.

use crate::row::{Served, Service, acme_sh, lexicon, open, own, secret};

pub(super) const ROWS: &[Service] = &[
    Service {
        prefix: "ACME_DNS_",
        served: Served::By(&[own("dns01-acme-dns")]),
        variables: &[
            open("ACME_DNS_API_BASE"),
            open("ACME_DNS_STORAGE_PATH"),
            open("ACME_DNS_STORAGE_BASE_URL"),
        ],
        note: "Needs ACME_DNS_API_BASE, and ACME_DNS_STORAGE_PATH or ACME_DNS_STORAGE_BASE_URL.",
        ..Service::new("acme-dns", "Joohoi's ACME-DNS")
    },
    Service {
        prefix: "ALICLOUD_",
        served: Served::By(&[
            acme_sh(
                "dns_ali",
                &[
                    ("Ali_Key", "{ALICLOUD_ACCESS_KEY}"),
                    ("Ali_Secret", "{ALICLOUD_SECRET_KEY}"),
                ],
            ),
            lexicon(
                "aliyun",
                600,
                &[
                    ("auth_key_id", "{ALICLOUD_ACCESS_KEY}"),
                    ("auth_secret", "{ALICLOUD_SECRET_KEY}"),
                ],
            ),
        ]),
        variables: &[secret("ALICLOUD_ACCESS_KEY"), secret("ALICLOUD_SECRET_KEY")],
        ..Service::new("alidns", "Alibaba Cloud DNS")
    },
    Service {
        prefix: "AURORA_",
        served: Served::By(&[
            acme_sh(
                "dns_aurora",
                &[
                    ("AURORA_Key", "{AURORA_API_KEY}"),
                    ("AURORA_Secret", "{AURORA_SECRET}"),
                ],
            ),
            lexicon(
                "aurora",
                300,
                &[
                    ("auth_api_key", "{AURORA_API_KEY}"),
                    ("auth_secret_key", "{AURORA_SECRET}"),
                ],
            ),
        ]),
        variables: &[
            secret("AURORA_API_KEY").or(&["AURORA_USER_ID"]),
            secret("AURORA_SECRET").or(&["AURORA_KEY"]),
        ],
        ..Service::new("auroradns", "Aurora DNS")
    },
    Service {
        prefix: "AUTODNS_",
        served: Served::By(&[acme_sh(
            "dns_autodns",
            &[
                ("AUTODNS_USER", "{AUTODNS_API_USER}"),
                ("AUTODNS_PASSWORD", "{AUTODNS_API_PASSWORD}"),
                // As lego has it by default.
                ("AUTODNS_CONTEXT", "4"),
            ],
        )
        .with(&[("AUTODNS_CONTEXT", "{AUTODNS_CONTEXT}")])]),
        variables: &[
            open("AUTODNS_API_USER"),
            secret("AUTODNS_API_PASSWORD"),
            open("AUTODNS_CONTEXT"),
        ],
        ..Service::new("autodns", "Autodns")
    },
    Service {
        prefix: "AZURE_",
        served: Served::By(&[
            acme_sh(
                "dns_azure",
                &[
                    ("AZUREDNS_APPID", "{AZURE_CLIENT_ID}"),
                    ("AZUREDNS_CLIENTSECRET", "{AZURE_CLIENT_SECRET}"),
                    ("AZUREDNS_SUBSCRIPTIONID", "{AZURE_SUBSCRIPTION_ID}"),
                    ("AZUREDNS_TENANTID", "{AZURE_TENANT_ID}"),
                ],
            ),
            lexicon(
                "azure",
                60,
                &[
                    ("auth_client_id", "{AZURE_CLIENT_ID}"),
                    ("auth_client_secret", "{AZURE_CLIENT_SECRET}"),
                    ("auth_subscription_id", "{AZURE_SUBSCRIPTION_ID}"),
                    ("auth_tenant_id", "{AZURE_TENANT_ID}"),
                    ("resource_group", "{AZURE_RESOURCE_GROUP}"),
                ],
            ),
            acme_sh(
                "dns_azure",
                &[
                    ("AZUREDNS_SUBSCRIPTIONID", "{AZURE_SUBSCRIPTION_ID}"),
                    ("AZUREDNS_MANAGEDIDENTITY", "true"),
                ],
            )
            .unless(&["AZURE_CLIENT_ID"]),
        ]),
        variables: &[
            open("AZURE_CLIENT_ID"),
            secret("AZURE_CLIENT_SECRET"),
            open("AZURE_SUBSCRIPTION_ID"),
            open("AZURE_TENANT_ID"),
            open("AZURE_RESOURCE_GROUP"),
        ],
        note: "With AZURE_SUBSCRIPTION_ID alone, the managed identity of the machine is used.",
        ..Service::new("azure", "Azure")
    },
    Service {
        variables: &[open("BINDMAN_MANAGER_ADDRESS")],
        ..Service::script("bindman", "Bindman")
    },
    Service {
        variables: &[
            open("BLUECAT_SERVER_URL"),
            open("BLUECAT_USER_NAME"),
            secret("BLUECAT_PASSWORD"),
            open("BLUECAT_CONFIG_NAME"),
            open("BLUECAT_DNS_VIEW"),
        ],
        ..Service::script("bluecat", "Bluecat")
    },
    Service {
        prefix: "CLOUDFLARE_",
        served: Served::By(&[
            acme_sh("dns_cf", &[("CF_Token", "{CF_DNS_API_TOKEN}")]),
            lexicon("cloudflare", 60, &[("auth_token", "{CF_DNS_API_TOKEN}")]),
            acme_sh(
                "dns_cf",
                &[("CF_Email", "{CF_API_EMAIL}"), ("CF_Key", "{CF_API_KEY}")],
            ),
            lexicon(
                "cloudflare",
                60,
                &[
                    ("auth_username", "{CF_API_EMAIL}"),
                    ("auth_token", "{CF_API_KEY}"),
                ],
            ),
        ]),
        variables: &[
            secret("CF_DNS_API_TOKEN").or(&["CLOUDFLARE_DNS_API_TOKEN"]),
            open("CF_API_EMAIL").or(&["CLOUDFLARE_EMAIL"]),
            secret("CF_API_KEY").or(&["CLOUDFLARE_API_KEY"]),
        ],
        jobs: 8,
        note: "The token needs Zone:Read beside DNS:Edit: CF_ZONE_API_TOKEN is not used.",
        ..Service::new("cloudflare", "Cloudflare")
    },
    Service {
        prefix: "CLOUDNS_",
        served: Served::By(&[
            acme_sh(
                "dns_cloudns",
                &[
                    ("CLOUDNS_AUTH_ID", "{CLOUDNS_AUTH_ID}"),
                    ("CLOUDNS_AUTH_PASSWORD", "{CLOUDNS_AUTH_PASSWORD}"),
                ],
            ),
            lexicon(
                "cloudns",
                60,
                &[
                    ("auth_id", "{CLOUDNS_AUTH_ID}"),
                    ("auth_password", "{CLOUDNS_AUTH_PASSWORD}"),
                ],
            ),
            acme_sh(
                "dns_cloudns",
                &[
                    ("CLOUDNS_SUB_AUTH_ID", "{CLOUDNS_SUB_AUTH_ID}"),
                    ("CLOUDNS_AUTH_PASSWORD", "{CLOUDNS_AUTH_PASSWORD}"),
                ],
            ),
            lexicon(
                "cloudns",
                60,
                &[
                    ("auth_subid", "{CLOUDNS_SUB_AUTH_ID}"),
                    ("auth_password", "{CLOUDNS_AUTH_PASSWORD}"),
                ],
            ),
        ]),
        variables: &[
            open("CLOUDNS_AUTH_ID"),
            open("CLOUDNS_SUB_AUTH_ID"),
            secret("CLOUDNS_AUTH_PASSWORD"),
        ],
        timeout: 180,
        ..Service::new("cloudns", "ClouDNS")
    },
    Service::gone(
        "cloudxns",
        "CloudXNS",
        "it was shut down; move the zone to another service",
    ),
    Service {
        prefix: "CONOHA_",
        served: Served::By(&[
            acme_sh(
                "dns_conoha",
                &[
                    ("CONOHA_TenantId", "{CONOHA_TENANT_ID}"),
                    ("CONOHA_Username", "{CONOHA_API_USERNAME}"),
                    ("CONOHA_Password", "{CONOHA_API_PASSWORD}"),
                    // As lego has it by default.
                    (
                        "CONOHA_IdentityServiceApi",
                        "https://identity.tyo1.conoha.io/v2.0",
                    ),
                ],
            )
            .with(&[(
                "CONOHA_IdentityServiceApi",
                "https://identity.{CONOHA_REGION}.conoha.io/v2.0",
            )]),
            lexicon(
                "conoha",
                60,
                &[
                    ("auth_tenant_id", "{CONOHA_TENANT_ID}"),
                    ("auth_username", "{CONOHA_API_USERNAME}"),
                    ("auth_password", "{CONOHA_API_PASSWORD}"),
                    ("auth_region", "tyo1"),
                ],
            )
            .with(&[("auth_region", "{CONOHA_REGION}")]),
        ]),
        variables: &[
            open("CONOHA_TENANT_ID"),
            open("CONOHA_API_USERNAME"),
            secret("CONOHA_API_PASSWORD"),
            open("CONOHA_REGION"),
        ],
        note: "Version 2 of the API.",
        ..Service::new("conoha", "ConoHa")
    },
    Service {
        prefix: "DESIGNATE_",
        served: Served::By(&[acme_sh(
            "dns_openstack",
            &[
                ("OS_AUTH_URL", "{OS_AUTH_URL}"),
                ("OS_USERNAME", "{OS_USERNAME}"),
                ("OS_PASSWORD", "{OS_PASSWORD}"),
                ("OS_PROJECT_NAME", "{OS_PROJECT_NAME}"),
                ("OS_USER_DOMAIN_NAME", "{OS_USER_DOMAIN_NAME}"),
                ("OS_PROJECT_DOMAIN_NAME", "{OS_PROJECT_DOMAIN_NAME}"),
            ],
        )]),
        variables: &[
            open("OS_AUTH_URL"),
            open("OS_USERNAME"),
            secret("OS_PASSWORD"),
            open("OS_PROJECT_NAME"),
            open("OS_USER_DOMAIN_NAME"),
            open("OS_PROJECT_DOMAIN_NAME"),
        ],
        timeout: 600,
        note: "Needs the command openstack with its plugin for Designate, which reads OS_REGION_NAME, too.",
        ..Service::new("designate", "Designate DNSaaS for Openstack")
    },
    Service {
        prefix: "DO_",
        served: Served::By(&[
            acme_sh("dns_dgon", &[("DO_API_KEY", "{DO_AUTH_TOKEN}")]),
            lexicon("digitalocean", 30, &[("auth_token", "{DO_AUTH_TOKEN}")]),
        ]),
        variables: &[secret("DO_AUTH_TOKEN")],
        jobs: 8,
        ..Service::new("digitalocean", "Digital Ocean")
    },
    Service {
        prefix: "DNSIMPLE_",
        served: Served::By(&[
            lexicon("dnsimple", 60, &[("auth_token", "{DNSIMPLE_OAUTH_TOKEN}")]),
            acme_sh(
                "dns_dnsimple",
                &[("DNSimple_OAUTH_TOKEN", "{DNSIMPLE_OAUTH_TOKEN}")],
            )
            .one_per_name(),
        ]),
        variables: &[secret("DNSIMPLE_OAUTH_TOKEN")],
        note: "Through acme.sh, all values at the name are removed with it.",
        ..Service::new("dnsimple", "DNSimple")
    },
    Service {
        prefix: "DNSMADEEASY_",
        served: Served::By(&[
            acme_sh(
                "dns_me",
                &[
                    ("ME_Key", "{DNSMADEEASY_API_KEY}"),
                    ("ME_Secret", "{DNSMADEEASY_API_SECRET}"),
                ],
            ),
            lexicon(
                "dnsmadeeasy",
                120,
                &[
                    ("auth_username", "{DNSMADEEASY_API_KEY}"),
                    ("auth_token", "{DNSMADEEASY_API_SECRET}"),
                ],
            ),
        ]),
        variables: &[
            secret("DNSMADEEASY_API_KEY"),
            secret("DNSMADEEASY_API_SECRET"),
        ],
        ..Service::new("dnsmadeeasy", "DNS Made Easy")
    },
    Service {
        prefix: "DNSPOD_",
        served: Served::By(&[
            acme_sh(
                "dns_dp",
                &[
                    ("DP_Id", "{DNSPOD_API_KEY|before comma}"),
                    ("DP_Key", "{DNSPOD_API_KEY|after comma}"),
                ],
            ),
            lexicon(
                "dnspod",
                600,
                &[
                    ("auth_username", "{DNSPOD_API_KEY|before comma}"),
                    ("auth_token", "{DNSPOD_API_KEY|after comma}"),
                ],
            ),
        ]),
        variables: &[secret("DNSPOD_API_KEY")],
        note: "DNSPOD_API_KEY is the number of the token, a comma, and the token.",
        ..Service::new("dnspod", "DNSPod")
    },
    Service {
        prefix: "DODE_",
        served: Served::By(&[
            acme_sh("dns_doapi", &[("DO_LETOKEN", "{DODE_TOKEN}")]).one_per_name()
        ]),
        variables: &[secret("DODE_TOKEN")],
        note: "All values at the name are removed with it.",
        ..Service::new("dode", "Domain Offensive (do.de)")
    },
    Service {
        prefix: "DREAMHOST_",
        served: Served::By(&[
            lexicon("dreamhost", 300, &[("auth_token", "{DREAMHOST_API_KEY}")]),
            acme_sh("dns_dreamhost", &[("DH_API_KEY", "{DREAMHOST_API_KEY}")]),
        ]),
        variables: &[secret("DREAMHOST_API_KEY")],
        timeout: 3600,
        ..Service::new("dreamhost", "DreamHost")
    },
    Service {
        prefix: "DUCKDNS_",
        served: Served::By(&[
            acme_sh("dns_duckdns", &[("DuckDNS_Token", "{DUCKDNS_TOKEN}")]).one_per_name(),
            lexicon("duckdns", 60, &[("auth_token", "{DUCKDNS_TOKEN}")]).one_per_name(),
        ]),
        variables: &[secret("DUCKDNS_TOKEN")],
        note: "It keeps one value at a name.",
        ..Service::new("duckdns", "Duck DNS")
    },
    Service {
        prefix: "DYN_",
        served: Served::By(&[acme_sh(
            "dns_dyn",
            &[
                ("DYN_Customer", "{DYN_CUSTOMER_NAME}"),
                ("DYN_Username", "{DYN_USER_NAME}"),
                ("DYN_Password", "{DYN_PASSWORD}"),
            ],
        )
        .one_per_name()]),
        variables: &[
            open("DYN_CUSTOMER_NAME"),
            open("DYN_USER_NAME"),
            secret("DYN_PASSWORD"),
        ],
        note: "Another value at the name may be removed in its place.",
        ..Service::new("dyn", "Dyn")
    },
];
