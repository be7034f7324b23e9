declare module "*.woff?inline" {
  /** The file as a `data:` URL. */
  const url: string;
  export default url;
}
declare module "*?script" {
  /** The address of the bundled script, from the root of the site. */
  const url: string;
  export default url;
}
