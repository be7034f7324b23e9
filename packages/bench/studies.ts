import { certificate } from "./certificate/certificate.ts";
import { control } from "./control/control.ts";
import { delivered } from "./delivered/delivered.ts";
import { engine } from "./engine/engine.ts";
import { figures } from "./figures/figures.ts";
import { intervals } from "./intervals/intervals.ts";
import { precision } from "./intervals/precision.ts";
import { kills } from "./kills/kills.ts";
import { product } from "./product/product.ts";
import { programs } from "./programs/programs.ts";
import { publish } from "./publish/publish.ts";
import { records } from "./records-study.ts";
import { request } from "./request-study.ts";
import { search } from "./search/search.ts";
import { stored } from "./stored/stored.ts";
import type { Study } from "./study.ts";
import { trend } from "./trend/trend.ts";
import { twins } from "./twins/twins.ts";

export const STUDIES: Study[] = [
  certificate,
  figures,
  delivered,
  control,
  request,
  records,
  intervals,
  precision,
  search,
  twins,
  trend,
  engine,
  product,
  programs,
  publish,
  stored,
  kills,
];
