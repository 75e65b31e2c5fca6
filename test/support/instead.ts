// Something of the program with some of its methods replaced.

export const instead = <T extends object>(whole: T, methods: Partial<T>): T =>
  new Proxy(whole, {
    get: (target, name) => {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** A gate: what comes to it while it is shut waits until it is opened. */
export const createGate = () => {
  let opened = Promise.resolve();
  let open = (): void => undefined;
  return {
    passed: (): Promise<void> => opened,
    shut: (): void => {
      opened = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: (): void => open(),
  };
};
