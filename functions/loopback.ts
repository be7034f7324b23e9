const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** Whether a host in lower case, as an address or as a URL has it, is this machine by its text alone. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);
