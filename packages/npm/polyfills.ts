/** What the sources use and Node 20 lacks. Node 22.1 and later have all of it, and load nothing of this. */
import "core-js/modules/es.promise.with-resolvers.js";
import "core-js/modules/es.array.from-async.js";
import "core-js/modules/es.map.group-by.js";
import "core-js/modules/es.iterator.constructor.js";
import "core-js/modules/es.iterator.every.js";
import "core-js/modules/es.iterator.filter.js";
import "core-js/modules/es.iterator.find.js";
import "core-js/modules/es.iterator.flat-map.js";
import "core-js/modules/es.iterator.for-each.js";
import "core-js/modules/es.iterator.from.js";
import "core-js/modules/es.iterator.map.js";
import "core-js/modules/es.iterator.reduce.js";
import "core-js/modules/es.iterator.some.js";
import "core-js/modules/es.iterator.to-array.js";
import "core-js/modules/web.url.parse.js";
