/** Where requests may go: nothing but https to a named, public, listed host. */
import { describe, expect, it } from 'vitest';
import { checkAddress, deploymentHosts } from '../../src/delivery/sending/address';

const open = { hosts: null, deployment: null, sandbox: false };

const REFUSED = [
  'http://hris.example.com',
  'ftp://hris.example.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'hris.example.com',
  '//hris.example.com',
  '',
  'https://',
  'https://127.0.0.1',
  'https://127.1',
  'https://2130706433',
  'https://0x7f000001',
  'https://0177.0.0.1',
  'https://0x7f.0.0.1/x',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1',
  'https://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://[fd00::1]:443/',
  'https://localhost',
  'https://LOCALHOST/',
  'https://db.internal',
  'https://printer.local',
  'https://x.localhost',
  'https://intranet',
  'https://1.0.0.127.in-addr.arpa',
  'https://hris.example.com.',
  'https://hris.example.com:8443',
  'https://hris.example.com:22',
  'https://user@hris.example.com',
  'https://user:secret@hris.example.com',
  'https://hris.example.com@127.0.0.1/',
  'https://hris.example.com#@127.0.0.1/\\@10.0.0.1:80',
];

describe('an address', () => {
  it.each(REFUSED.slice(0, -1))('%s is refused', (text) => {
    expect(checkAddress(text, open).ok).toBe(false);
  });

  it('of a public host over https is taken', () => {
    for (const text of ['https://hris.example.com', 'https://hris.example.com:443/a?b=c']) {
      expect(checkAddress(text, open).ok).toBe(true);
    }
  });

  it('is only that of a host on the list, whatever its path looks like', () => {
    const listed = { ...open, hosts: ['hris.example.com'] };
    expect(checkAddress('https://hris.example.com/x', listed).ok).toBe(true);
    for (const text of [
      'https://evil.example.com/hris.example.com',
      'https://hris.example.com.evil.test/',
      'https://xhris.example.com/',
    ]) {
      expect(checkAddress(text, listed).ok).toBe(false);
    }
  });

  it('is only that of a host the deployment names, where it names some', () => {
    const rules = { ...open, deployment: deploymentHosts('hris.example.com, *.mypurecloud.com') };
    expect(checkAddress('https://hris.example.com', rules).ok).toBe(true);
    expect(checkAddress('https://api.mypurecloud.com', rules).ok).toBe(true);
    expect(checkAddress('https://mypurecloud.com.evil.test', rules).ok).toBe(false);
    expect(checkAddress('https://evilmypurecloud.com', rules).ok).toBe(false);
    expect(deploymentHosts('  ')).toBeNull();
  });

  it('may be plain and short where nothing leaves the machine', () => {
    const sandbox = { ...open, sandbox: true };
    expect(checkAddress('http://hris:8080/x', sandbox).ok).toBe(true);
    expect(checkAddress('http://127.0.0.1:8080', sandbox).ok).toBe(false);
  });
});
