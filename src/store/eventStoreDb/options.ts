// The options in the address of EventStoreDB. Of one that it does not know, and of `tlsVerifyCert=false`, the client complains at
// each connection on the console, with the whole address, password and all. So such an address is refused before.

const isSwitch = (value: string): boolean => value === 'true' || value === 'false';
const isNumber = (value: string): boolean => /^-?\d+$/.test(value);
const isText = (value: string): boolean => value !== '';

/** The client reads names without regard to capitals, `-` and `_`. */
const OPTIONS: Readonly<Record<string, (value: string) => boolean>> = {
  connectionname: isText,
  defaultdeadline: isNumber,
  discoveryinterval: isNumber,
  gossiptimeout: isNumber,
  keepaliveinterval: isNumber,
  keepalivetimeout: isNumber,
  maxdiscoverattempts: isNumber,
  nodepreference: (value) => /^(?:leader|follower|random|read[-_]?only[-_]?replica)$/i.test(value),
  throwonappendfailure: isSwitch,
  tls: isSwitch,
  tlscafile: isText,
  tlsverifycert: (value) => value === 'true',
  usercertfile: isText,
  userkeyfile: isText,
};

/** Does the client take the options of this address, each with its value? */
export const hasKnownOptions = (url: string): boolean => {
  const [, ...options] = url.split('?');
  return (
    options.length <= 1 &&
    (options[0]?.split('&') ?? []).every((option) => {
      const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(option) ?? [];
      return OPTIONS[name.toLowerCase().replace(/[-_]/g, '')]?.(value) === true;
    })
  );
};
