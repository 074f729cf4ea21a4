/**
 * Where requests may go: https to a named public host on the allow-list and to nothing else.
 * Refuses addresses of machines in any notation, credentials and ports in an address, and hosts
 * that neither the destination nor the deployment names (DEC-21). In sandbox mode nothing leaves the
 * machine, so http, ports and short names are taken there.
 */
import { fail, ok, type Result } from '../../kernel/result';

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
/** Names that mean this machine or its neighbours, whatever a resolver makes of them. */
const INSIDE = /(^|\.)(localhost|local|internal|intranet|home|lan|corp|arpa|invalid|onion)$/;

export interface AddressRules {
  /** Hosts that this destination may ask; null: not checked yet. */
  readonly hosts: readonly string[] | null;
  /** The deployment's own list, `*.` for everything below; null: none. */
  readonly deployment: readonly string[] | null;
  readonly sandbox: boolean;
}

/** The address, or in words why nothing is sent there. */
export function checkAddress(text: string, rules: AddressRules): Result<URL, string> {
  const url = URL.parse(text);
  if (url === null) return fail('this is no address');
  const { protocol, hostname } = url;
  if (protocol !== 'https:' && !(rules.sandbox && protocol === 'http:')) {
    return fail('only https is spoken');
  }
  if (url.username !== '' || url.password !== '') {
    return fail('an address holds no user name and no password');
  }
  if (IPV4.test(hostname) || hostname.startsWith('[')) {
    return fail('a host has a name, not a number');
  }
  if (hostname.endsWith('.')) return fail('the name of a host does not end with a dot');
  if (!rules.sandbox) {
    if (url.port !== '') return fail('only the port of https is used');
    if (!hostname.includes('.') || INSIDE.test(hostname)) return fail('the host is not public');
  }
  if (rules.hosts !== null && !rules.hosts.includes(hostname)) {
    return fail(`the host ${hostname} is not on the destination's list`);
  }
  if (rules.deployment !== null && !rules.deployment.some((one) => covers(one, hostname))) {
    return fail(`the host ${hostname} is not on this deployment's list`);
  }
  return ok(url);
}

const covers = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;

/** The list in `OUTBOUND_HOSTS`, or null where the deployment names none. */
export function deploymentHosts(text: string | undefined): string[] | null {
  const hosts = (text ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((host) => host !== '');
  return hosts.length === 0 ? null : hosts;
}
