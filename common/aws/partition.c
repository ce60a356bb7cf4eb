#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "aws/partition.h"

/* By how the names of its regions begin; the last is all others'. */
static const struct partition {
	const char *region, *domain, *dualstack;
} partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso-", "c2s.ic.gov", NULL},
    {"us-isob-", "sc2s.sgov.gov", NULL},
    {"us-isof-", "csp.hci.ic.gov", NULL},
    {"eu-isoe-", "cloud.adc-e.uk", NULL},
    {"", "amazonaws.com", "api.aws"},
};

static const struct partition *
find(const char *region)
{
	const struct partition *p = partitions;

	while (strncmp(region, p->region, strlen(p->region)) != 0)
		p++;
	return p;
}

const char *
partition_domain(const char *region)
{
	return find(region)->domain;
}

const char *
partition_dualstack(const char *region)
{
	return find(region)->dualstack;
}

bool
partition_owns(const char *host)
{
	size_t i, n = strlen(host), m;

	for (i = 0; i < sizeof partitions / sizeof *partitions; i++) {
		m = strlen(partitions[i].domain);
		if (n > m && host[n - m - 1] == '.' &&
		    strcasecmp(host + n - m, partitions[i].domain) == 0)
			return true;
	}
	return false;
}
