#include <npmrc-doctor/load.h>
#include <npmrc-doctor/probe.h>

/* Forwarders to the probe module. What is freed or named here came from it, so it is loaded then. */

GPtrArray *nd_probe_run(const struct nd_probe_target *targets, size_t n,
	const struct nd_probe_options *options, GError **err)
{
	__typeof__(nd_probe_run) *run = nd_load_symbol("probe", "nd_probe_run", err);

	return run ? run(targets, n, options, err) : NULL;
}

GPtrArray *nd_probe_read_pem(struct nd_span pem, size_t *broken)
{
	__typeof__(nd_probe_read_pem) *read = nd_load_symbol("probe", "nd_probe_read_pem", NULL);

	return read ? read(pem, broken) : NULL;
}

char *nd_probe_public_pem(const struct nd_probe_trust *trust, double timeout_s)
{
	__typeof__(nd_probe_public_pem) *read = nd_load_symbol("probe", "nd_probe_public_pem", NULL);

	return read ? read(trust, timeout_s) : NULL;
}

void nd_cert_free(struct nd_cert *cert)
{
	__typeof__(nd_cert_free) *release = nd_load_symbol("probe", "nd_cert_free", NULL);

	if (release)
		release(cert);
}

const char *nd_stage_name(enum nd_stage stage)
{
	__typeof__(nd_stage_name) *name = nd_load_symbol("probe", "nd_stage_name", NULL);

	return name ? name(stage) : NULL;
}
