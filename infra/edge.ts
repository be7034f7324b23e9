/** The API sends the same policy (functions/api/door/headers.ts). */
const CSP =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * One address for pages and API. `originWord` is the secret that the API asks of every request, and it
 * becomes part of a program here.
 */
export function edge(originWord: $util.Output<string>, domain: string | undefined): sst.aws.Router {
  const headers = new aws.cloudfront.ResponseHeadersPolicy("Headers", {
    name: `brimline-${$app.stage}-headers`,
    securityHeadersConfig: {
      // Pages in a bucket have none of their own. The live page, whose script the API allows, has.
      contentSecurityPolicy: { contentSecurityPolicy: CSP, override: false },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "no-referrer", override: true },
      strictTransportSecurity: { accessControlMaxAgeSec: 63_072_000, override: true },
    },
  });
  return new sst.aws.Router("Web", {
    ...(domain !== undefined && { domain }),
    edge: {
      viewerRequest: {
        // A bucket has no index documents, and the links of a page are relative to its folder.
        injection: $interpolate`
            const uri = event.request.uri;
            if (/^\\/[rc]\\/[a-z0-9]{20}$/.test(uri)) return { statusCode: 308, statusDescription: "Permanent Redirect", headers: { location: { value: uri + "/" } } };
            if (uri.endsWith("/") && !/^\\/(v1|j|api)\\//.test(uri)) event.request.uri = uri + "index.html";
            event.request.headers["x-brimline-origin"] = { value: "${originWord}" };`,
      },
      // A bucket knows no visibility, so no report is offered to search engines.
      viewerResponse: {
        injection: `if (/^\\/[rc]\\//.test(event.request.uri)) event.response.headers["x-robots-tag"] = { value: "noindex" };`,
      },
    },
    transform: {
      cdn: (args) => {
        args.defaultCacheBehavior = $output(args.defaultCacheBehavior).apply((behavior) => ({
          ...behavior,
          responseHeadersPolicyId: headers.id,
        }));
      },
    },
  });
}
