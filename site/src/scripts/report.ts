import { offerCopies } from "./copy.ts";
import { followPrice } from "./price.ts";
import { offerExploring } from "./to-explore.ts";

/**
 * The script of a report's page. The page says everything without it; it adds another price, copies, and charts that
 * can be moved.
 */
const { explore } = document.currentScript?.dataset ?? {};
followPrice();
offerCopies();
if (explore !== undefined) offerExploring(explore);
