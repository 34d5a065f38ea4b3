#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <npmrc-doctor/address.h>

static bool is_address(const struct ifaddrs *entry, struct nd_span text)
{
	char name[INET6_ADDRSTRLEN];
	const struct sockaddr *address = entry->ifa_addr;
	/* what libuv's uv_interface_addresses leaves out */
	if (!address || (entry->ifa_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
		return false;
	const void *raw;
	if (address->sa_family == AF_INET)
		raw = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		raw = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	else
		return false;
	return inet_ntop(address->sa_family, raw, name, sizeof name) && nd_span_is(text, name);
}

bool nd_address_is_local(struct nd_span text)
{
	struct ifaddrs *all = NULL;
	if (getifaddrs(&all) != 0)
		return false;
	bool found = false;
	for (const struct ifaddrs *entry = all; entry && !found; entry = entry->ifa_next)
		found = is_address(entry, text);
	freeifaddrs(all);
	return found;
}
