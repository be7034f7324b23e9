/* Made by packages/client/generate.ts from the service's OpenAPI document. */

export interface paths {
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        /** Submit a job */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what a job would do, and do nothing: levels, requests, tokens, time, dollars */
        post: operations["planJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a job */
        get: operations["readJob"];
        put?: never;
        post?: never;
        /** Delete a job that has ended, with its report, page and records */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        /** Change a job's name, tags or visibility */
        patch: operations["changeJob"];
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a job; needs no body */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit a job that asks again what this one asked */
        post: operations["rerunJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a job: progress and events */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the report */
        get: operations["readReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of raw records, of levels that have ended */
        get: operations["listRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/records/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a file of raw records: Parquet, a row for each request */
        get: operations["readRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the raw records and telemetry of the report, with links that work for a while */
        get: operations["listDownloads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/downloads/{id}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a file by its link */
        get: operations["readDownload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tries at delivering webhooks */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/deliveries/{n}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver an event's webhook once more */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/webhook/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a webhook a new secret; the one before stays valid beside it */
        post: operations["rotateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compare the reports of two jobs */
        post: operations["compareReports"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List schedules: when they are due, ran last and were missed */
        get: operations["listSchedules"];
        put?: never;
        /** Make a schedule: a job that is submitted whenever it is due */
        post: operations["addSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a schedule */
        get: operations["readSchedule"];
        put?: never;
        post?: never;
        /** Delete a schedule; its jobs stay */
        delete: operations["removeSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trends": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read since which job a figure of the like jobs with a tag is another */
        get: operations["readTrend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List keys: what they may do, until when, and when they were used last */
        get: operations["listKeys"];
        put?: never;
        /** Make a key; only this answer shows it */
        post: operations["addKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key; one that was revoked is removed */
        delete: operations["removeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enrol an agent */
        post: operations["enrolAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an agent */
        get: operations["readAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{id}/segments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask where to upload telemetry */
        post: operations["requestUploads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{id}/segments/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Upload a segment of telemetry */
        put: operations["putSegment"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What ended jobs used, by month and day, and what is left of the caller's limits */
        get: operations["readUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/objectives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the objectives that a job's slo may call by name */
        get: operations["listObjectives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Probe the service's clock */
        post: operations["readTime"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["readHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should be sent here */
        get: operations["readReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What Prometheus reads; not on AWS */
        get: operations["readMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.started": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Preflight accepted the endpoint, and the load begins */
        post: operations["onJobStarted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "level.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A level has ended; `data.level` has what it counted */
        post: operations["onLevelCompleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The job has ended as it was planned */
        post: operations["onJobCompleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.partial": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A limit, the endpoint or lost shards cut the job short; there is a report */
        post: operations["onJobPartial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The job failed */
        post: operations["onJobFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.cancelled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The job was cancelled */
        post: operations["onJobCancelled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.rejected": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Preflight refused the endpoint, and no load was sent */
        post: operations["onJobRejected"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        JobRequest: {
            name?: string;
            /** @default [] */
            tags?: string[];
            endpoint: {
                url: string;
                model: string;
                /**
                 * @default auto
                 * @enum {string}
                 */
                api?: "chat" | "completions" | "responses" | "messages" | "embeddings" | "auto";
                apiKey?: string;
                apiKeyHeader?: string;
                basic?: string;
                secretHeaders?: {
                    [key: string]: string;
                };
                tls?: {
                    ca?: string;
                    cert?: string;
                    key?: string;
                };
                /** @default false */
                showHost?: boolean;
                headers?: {
                    [key: string]: string;
                };
                body?: {
                    [key: string]: components["schemas"]["Json_schema0"];
                };
                metricsUrl?: string | null;
            };
            /** @default {} */
            workload?: {
                /** @default 256 */
                inputTokens?: number | {
                    /** @enum {string} */
                    shape?: "normal" | "lognormal";
                    mean: number;
                    stdev: number;
                    min?: number;
                    max?: number;
                } | {
                    min: number;
                    max: number;
                };
                /** @default 128 */
                outputTokens?: number | {
                    /** @enum {string} */
                    shape?: "normal" | "lognormal";
                    mean: number;
                    stdev: number;
                    min?: number;
                    max?: number;
                } | {
                    min: number;
                    max: number;
                };
                /** @default auto */
                ignoreEos?: boolean | "auto";
                images?: {
                    count: number;
                    width: number;
                    height: number;
                };
                prompts?: string[];
                /** @default 0 */
                temperature?: number;
                /** @default true */
                salt?: boolean;
                /** @default 0 */
                thinkTimeMs?: number;
            };
            /**
             * @default {
             *       "search": {}
             *     }
             */
            levels?: (number | {
                concurrency: number;
            } | {
                rate: number;
                /** @enum {string} */
                arrival?: "poisson" | "constant" | "gamma";
                burstiness?: number;
            })[] | {
                sweep: {
                    max: number;
                };
            } | {
                search: {
                    /**
                     * @default users
                     * @enum {string}
                     */
                    of?: "users" | "rate";
                    max?: number;
                    /** @default [] */
                    include?: number[];
                    /** @default 300 */
                    withinS?: number;
                    /** @enum {string} */
                    arrival?: "poisson" | "constant" | "gamma";
                    burstiness?: number;
                };
            };
            warmup?: {
                users: number;
                requests: number;
            } | false;
            stop?: {
                durationS?: number;
                requests?: number;
            };
            rampS?: number;
            idleS?: number;
            /** @default 0 */
            waitS?: number;
            /** @default 1 */
            repeats?: number;
            precision?: {
                percent: number;
                /** @default 600 */
                withinS?: number;
            };
            slo?: {
                ttftMs?: number;
                tpotMs?: number;
                e2eMs?: number;
                /** @default 95 */
                percentile?: number;
            } | ("chat" | "interactive" | "summarise" | "mlperf-llama2-70b" | "mlperf-llama2-70b-interactive" | "mlperf-llama3.1-8b" | "mlperf-llama3.1-8b-interactive" | "mlperf-llama3.1-405b" | "mlperf-llama3.1-405b-interactive");
            model?: {
                config: {
                    [key: string]: components["schemas"]["Json_schema1"];
                };
            } | {
                params: number;
                activeParams?: number;
                layers?: number;
                dtype?: string;
            };
            gpu?: {
                name?: string;
                count?: number;
                peakTflops?: number;
                usdPerHour?: number;
                prices?: {
                    [key: string]: number;
                };
            };
            /** @default [] */
            agents?: string[];
            /** @default {} */
            limits?: {
                maxRequests?: number;
                maxOutputTokens?: number;
                maxUsd?: number;
                /** @default 7200 */
                maxDurationS?: number;
                /** @default {} */
                timeouts?: {
                    /** @default 10000 */
                    connectMs?: number;
                    /** @default 120000 */
                    headersMs?: number;
                    /** @default 120000 */
                    idleMs?: number;
                    /** @default 900000 */
                    totalMs?: number;
                };
            };
            webhook?: {
                url: string;
                secret: string;
                events?: ("job.started" | "level.completed" | "job.completed" | "job.partial" | "job.failed" | "job.cancelled" | "job.rejected")[];
                /**
                 * @default event
                 * @enum {string}
                 */
                format?: "event" | "slack" | "teams";
            };
            /** @enum {string} */
            visibility?: "public" | "unlisted" | "private";
            baseline?: string;
            seed?: string;
        };
        Job: {
            id: string;
            /** @enum {string} */
            state: "queued" | "preflight" | "running" | "reporting" | "completed" | "partial" | "cancelled" | "failed" | "rejected";
            name: string;
            tags: string[];
            /** @enum {string} */
            visibility: "public" | "unlisted" | "private";
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            progress: {
                waiting: {
                    /** @enum {string} */
                    waitsFor: "endpoint" | "answer" | "stream" | "again";
                    since: string;
                    until: string;
                    said: string | null;
                } | null;
                levelId: string | null;
                load: ({
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                }) | null;
                endsAt: string | null;
                levelsDone: number;
                levels: number | null;
                /** @default [] */
                ended?: {
                    id: string;
                    load: {
                        /** @constant */
                        kind: "concurrency";
                        users: number;
                    } | {
                        /** @constant */
                        kind: "rate";
                        ratePerS: number;
                        /** @enum {string} */
                        arrival: "poisson" | "constant" | "gamma";
                        /** @default null */
                        burstiness?: number | null;
                    };
                    repeat: number;
                    /** @enum {string} */
                    state: "completed" | "stopped" | "cancelled" | "failed";
                    ok: number;
                    failed: number;
                    outputTokensPerS: number | null;
                    ttftP95Ms: number | null;
                    tpotP95Ms: number | null;
                    /** @default null */
                    e2eP95Ms?: number | null;
                    /** @default null */
                    met?: boolean | null;
                    /** @default null */
                    goodPercent?: number | null;
                }[];
                inFlight: number;
                ok: number;
                failed: number;
                outputTokensPerS: number | null;
            };
            problem: components["schemas"]["JobProblem"] | null;
            /** @default null */
            verdict?: components["schemas"]["Verdict"] | null;
            /** @default null */
            comparison?: {
                baseline: string;
                /** @enum {string} */
                verdict: "better" | "worse" | "same" | "inconclusive";
                sentence: string;
                next: string | null;
            } | null;
            links: components["schemas"]["JobLinks"];
        };
        JobChange: {
            name?: string;
            tags?: string[];
            /** @enum {string} */
            visibility?: "public" | "unlisted" | "private";
        };
        Rerun: {
            /** @default same */
            seed?: number | string;
            /** @default {} */
            endpoint?: {
                url?: string;
                apiKey?: string;
                basic?: string;
                secretHeaders?: {
                    [key: string]: string;
                };
                tls?: {
                    key: string;
                };
            };
            webhook?: {
                secret: string;
            };
            name?: string;
            tags?: string[];
            /** @enum {string} */
            visibility?: "public" | "unlisted" | "private";
            baseline?: string | null;
        };
        Plan: {
            endpoint: {
                url: string;
                model: string;
            };
            idleS: number;
            warmup: {
                users: number;
                requests: number;
            } | null;
            search: {
                /** @enum {string} */
                of: "users" | "rate";
                max: number | null;
                withinS: number;
                likely: {
                    tokenMs: {
                        least: number;
                        most: number;
                    };
                    levels: {
                        least: number;
                        most: number;
                    };
                    seconds: {
                        least: number;
                        most: number;
                    };
                    requests: {
                        least: number;
                        most: number;
                    };
                };
            } | null;
            levels: {
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
                repeats: number;
                requests: number | null;
                sends: {
                    minS: number;
                    maxS: number | null;
                };
            }[];
            total: {
                requests: number | null;
                promptTokens: number | null;
                outputTokens: number | null;
                time: {
                    minS: number;
                    maxS: number | null;
                };
                usd: number | null;
            };
            maxDurationS: number;
            proof: {
                token: string;
                url: string;
                txt: string | null;
            } | null;
        };
        JobLinks: {
            self: string;
            events: string;
            cancel: string;
            report: string | null;
            page: string | null;
            /** @default null */
            comparison?: string | null;
        };
        JobList: {
            jobs: components["schemas"]["Job"][];
            next: string | null;
        };
        JobProblem: {
            /** @enum {string} */
            code: "unreachable" | "unauthorized" | "not_found" | "model_unknown" | "not_streaming" | "not_an_llm" | "address_refused" | "host_not_canonical" | "unproved" | "rate_limited" | "endpoint_down" | "secret_unavailable" | "disk_full" | "budget" | "shards_lost" | "cancelled" | "internal";
            title: string;
            detail: string;
        };
        Verdict: {
            /**
             * @default unknown
             * @enum {string}
             */
            status?: "met" | "missed" | "unknown" | "failed";
            /** @default null */
            level?: {
                id: string | null;
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
            } | null;
            /** @default null */
            cause?: ("failures" | "objective" | "unreachable" | "unauthorized" | "not_found" | "model_unknown" | "not_streaming" | "not_an_llm" | "address_refused" | "host_not_canonical" | "unproved" | "rate_limited" | "endpoint_down" | "secret_unavailable" | "disk_full" | "budget" | "shards_lost" | "cancelled" | "internal" | "too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial") | null;
            /** @default null */
            next?: {
                /** @enum {string} */
                action: "mend_endpoint" | "ease_objective" | "run_longer" | "test_more" | "free_client" | "deliver_load" | "stop_buffering" | "raise_limits" | "run_again" | "read_report";
                sentence: string;
                load: ({
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                }) | null;
                durationS: number | null;
                requests: number | null;
            } | null;
            /** @default null */
            validity?: ("valid" | "indicative" | "invalid") | null;
            /** @default null */
            answer?: string | null;
            sentence: string;
            capacity: components["schemas"]["Figure"];
            /** @enum {string} */
            capacityUnit: "users" | "requestsPerS";
            levelId: string | null;
            limit: ("slo" | "kv_full" | "queue" | "power_cap" | "thermal" | "errors" | "not_reached") | null;
            /** @default null */
            bottleneck?: {
                /** @enum {string} */
                cause: "rate_limit" | "failures" | "thermal" | "kv_full" | "batch_limit" | "prefill" | "client" | "power_cap" | "host_cpu" | "memory_bandwidth" | "compute" | "not_reached" | "unknown";
                levelId: string;
                evidence: string;
                remedy: string | null;
                refs: string[];
            } | null;
        };
        Event: {
            /** @enum {string} */
            type: "job.started" | "level.completed" | "job.completed" | "job.partial" | "job.failed" | "job.cancelled" | "job.rejected";
            timestamp: string;
            data: {
                jobId: string;
                /** @enum {string} */
                state: "queued" | "preflight" | "running" | "reporting" | "completed" | "partial" | "cancelled" | "failed" | "rejected";
                verdict: components["schemas"]["Verdict"] | null;
                /** @default null */
                comparison?: {
                    baseline: string;
                    /** @enum {string} */
                    verdict: "better" | "worse" | "same" | "inconclusive";
                    sentence: string;
                    next: string | null;
                } | null;
                level: {
                    id: string;
                    load: {
                        /** @constant */
                        kind: "concurrency";
                        users: number;
                    } | {
                        /** @constant */
                        kind: "rate";
                        ratePerS: number;
                        /** @enum {string} */
                        arrival: "poisson" | "constant" | "gamma";
                        /** @default null */
                        burstiness?: number | null;
                    };
                    repeat: number;
                    /** @enum {string} */
                    state: "completed" | "stopped" | "cancelled" | "failed";
                    ok: number;
                    failed: number;
                    outputTokensPerS: number | null;
                    ttftP95Ms: number | null;
                    tpotP95Ms: number | null;
                    /** @default null */
                    e2eP95Ms?: number | null;
                    /** @default null */
                    met?: boolean | null;
                    /** @default null */
                    goodPercent?: number | null;
                } | null;
                headline: {
                    [key: string]: components["schemas"]["Figure"];
                };
                links: components["schemas"]["JobLinks"];
            };
        };
        Figure: {
            value: number | null;
            low: number | null;
            high: number | null;
            n: number;
            nEff: number | null;
            /** @enum {string} */
            method: "order_statistic" | "batch_means" | "between_runs" | "profile" | "counter" | "integral" | "model" | "none";
            /** @enum {string} */
            validity: "valid" | "indicative" | "invalid";
            reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
        };
        Report: {
            /** @constant */
            schema: "brimline.report/1";
            id: string;
            name: string;
            tags: string[];
            /** @enum {string} */
            state: "completed" | "partial" | "cancelled" | "failed";
            createdAt: string;
            finishedAt: string;
            /** @enum {string} */
            validity: "valid" | "indicative" | "invalid";
            reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
            verdict: components["schemas"]["Verdict"];
            job: {
                name?: string;
                /** @default [] */
                tags?: string[];
                /** @default {} */
                workload?: {
                    /** @default 256 */
                    inputTokens?: number | {
                        /** @enum {string} */
                        shape?: "normal" | "lognormal";
                        mean: number;
                        stdev: number;
                        min?: number;
                        max?: number;
                    } | {
                        min: number;
                        max: number;
                    };
                    /** @default 128 */
                    outputTokens?: number | {
                        /** @enum {string} */
                        shape?: "normal" | "lognormal";
                        mean: number;
                        stdev: number;
                        min?: number;
                        max?: number;
                    } | {
                        min: number;
                        max: number;
                    };
                    /** @default auto */
                    ignoreEos?: boolean | "auto";
                    images?: {
                        count: number;
                        width: number;
                        height: number;
                    };
                    prompts?: string[];
                    /** @default 0 */
                    temperature?: number;
                    /** @default true */
                    salt?: boolean;
                    /** @default 0 */
                    thinkTimeMs?: number;
                };
                /**
                 * @default {
                 *       "search": {}
                 *     }
                 */
                levels?: (number | {
                    concurrency: number;
                } | {
                    rate: number;
                    /** @enum {string} */
                    arrival?: "poisson" | "constant" | "gamma";
                    burstiness?: number;
                })[] | {
                    sweep: {
                        max: number;
                    };
                } | {
                    search: {
                        /**
                         * @default users
                         * @enum {string}
                         */
                        of?: "users" | "rate";
                        max?: number;
                        /** @default [] */
                        include?: number[];
                        /** @default 300 */
                        withinS?: number;
                        /** @enum {string} */
                        arrival?: "poisson" | "constant" | "gamma";
                        burstiness?: number;
                    };
                };
                warmup?: {
                    users: number;
                    requests: number;
                } | false;
                stop?: {
                    durationS?: number;
                    requests?: number;
                };
                rampS?: number;
                idleS?: number;
                /** @default 0 */
                waitS?: number;
                /** @default 1 */
                repeats?: number;
                precision?: {
                    percent: number;
                    /** @default 600 */
                    withinS?: number;
                };
                slo?: {
                    ttftMs?: number;
                    tpotMs?: number;
                    e2eMs?: number;
                    /** @default 95 */
                    percentile?: number;
                } | ("chat" | "interactive" | "summarise" | "mlperf-llama2-70b" | "mlperf-llama2-70b-interactive" | "mlperf-llama3.1-8b" | "mlperf-llama3.1-8b-interactive" | "mlperf-llama3.1-405b" | "mlperf-llama3.1-405b-interactive");
                model?: {
                    config: {
                        [key: string]: components["schemas"]["Json_schema1"];
                    };
                } | {
                    params: number;
                    activeParams?: number;
                    layers?: number;
                    dtype?: string;
                };
                gpu?: {
                    name?: string;
                    count?: number;
                    peakTflops?: number;
                    usdPerHour?: number;
                    prices?: {
                        [key: string]: number;
                    };
                };
                /** @default [] */
                agents?: string[];
                /** @default {} */
                limits?: {
                    maxRequests?: number;
                    maxOutputTokens?: number;
                    maxUsd?: number;
                    /** @default 7200 */
                    maxDurationS?: number;
                    /** @default {} */
                    timeouts?: {
                        /** @default 10000 */
                        connectMs?: number;
                        /** @default 120000 */
                        headersMs?: number;
                        /** @default 120000 */
                        idleMs?: number;
                        /** @default 900000 */
                        totalMs?: number;
                    };
                };
                /** @enum {string} */
                visibility?: "public" | "unlisted" | "private";
                baseline?: string;
                seed?: string;
                endpoint: {
                    url: string | null;
                    model: string;
                    /** @enum {string} */
                    api: "chat" | "completions" | "responses" | "messages" | "embeddings";
                };
            };
            endpoint: {
                host: string | null;
                model: string;
                server: string | null;
                ignoreEos: boolean | null;
                usage: boolean | null;
                saysEnd: boolean | null;
                traits?: {
                    without: string[];
                    roomTokens?: number;
                };
                /** @default null */
                caSha256?: string[] | null;
                metrics: {
                    engine: string | null;
                    failure: ("dns" | "connect" | "tls" | "address_refused" | "redirect_refused" | "timeout" | "not_found" | "unauthorized" | "refused" | "protocol" | "unexpected_encoding" | "body_too_large" | "too_many_values" | "not_metrics" | "unknown_engine") | null;
                } | null;
            };
            model: {
                params: number;
                activeParams: number;
                dtype: string | null;
                /** @enum {string} */
                source: "config" | "stated";
            } | null;
            gpus: {
                uuid: string;
                name: string;
                peakTflops: number | null;
                bandwidthGBps: number | null;
                powerLimitW: number | null;
                /** @default null */
                usdPerHour?: number | null;
            }[];
            slo: {
                ttftMs: number | null;
                tpotMs: number | null;
                e2eMs: number | null;
                percentile: number;
            } | null;
            levels: {
                id: string;
                /** @enum {string} */
                role: "warmup" | "measured";
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
                /** @enum {string} */
                state: "completed" | "stopped" | "cancelled" | "failed";
                /** @enum {string} */
                validity: "valid" | "indicative" | "invalid";
                reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
                runs: {
                    repeat: number;
                    attempt: number;
                    startS: number;
                    durationS: number;
                    drainS: number;
                    window: {
                        startS: number;
                        endS: number;
                    } | null;
                    warmUpS?: number;
                    outputTokensPerS: components["schemas"]["Figure"];
                    requestsPerS: components["schemas"]["Figure"];
                    ttftP95Ms: components["schemas"]["Figure"];
                    tpotP95Ms: components["schemas"]["Figure"];
                    goodPercent: components["schemas"]["Figure"];
                    joulePerOutputToken: components["schemas"]["Figure"];
                }[];
                requests: {
                    due: number;
                    sent: number;
                    ok: number;
                    failed: number;
                    censored: number;
                    inWindow: number;
                    resent: number;
                    heldOpen: number;
                    errors: {
                        [key: string]: number;
                    };
                };
                errorSamples: {
                    /** @enum {string} */
                    kind: "dns" | "connect" | "tls" | "address_refused" | "redirect_refused" | "headers_timeout" | "idle_timeout" | "total_timeout" | "http_4xx" | "http_429" | "http_5xx" | "stream_error" | "truncated_stream" | "empty_stream" | "protocol" | "headers_too_large" | "line_too_long" | "too_many_events" | "body_too_large" | "unexpected_encoding" | "malformed_events";
                    status: number | null;
                    text: string;
                }[];
                inFlight: components["schemas"]["Figure"];
                requestsPerS: components["schemas"]["Figure"];
                outputTokensPerS: components["schemas"]["Figure"];
                fullRunOutputTokensPerS: components["schemas"]["Figure"];
                inputTokensPerS: components["schemas"]["Figure"];
                tokensPerSPerUser: components["schemas"]["Figure"];
                goodputRequestsPerS: components["schemas"]["Figure"];
                goodPercent: components["schemas"]["Figure"];
                mfuPercent: components["schemas"]["Figure"];
                mfuOutputOnlyPercent: components["schemas"]["Figure"];
                /**
                 * @default {
                 *       "value": null,
                 *       "low": null,
                 *       "high": null,
                 *       "n": 0,
                 *       "nEff": null,
                 *       "method": "none",
                 *       "validity": "invalid",
                 *       "reasons": [
                 *         "not_recorded"
                 *       ]
                 *     }
                 */
                mbuPercent?: components["schemas"]["Figure"];
                joulePerOutputToken: components["schemas"]["Figure"];
                dynamicJoulePerOutputToken: components["schemas"]["Figure"];
                tokensPerJ: components["schemas"]["Figure"];
                kwhPerMTokens: components["schemas"]["Figure"];
                usdPerMOutputTokens: components["schemas"]["Figure"];
                sendLagMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                closeLagMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                ttftMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                ttfoMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                chunkGapMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                tpotMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                e2eMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                userSpeedTokensPerS: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                perRequestTokensPerS: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                outputTokensPerRequest: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                inputTokensPerRequest: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                };
                offeredPerS: number | null;
                ttftFromDueMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                } | null;
                itlMs: {
                    mean: components["schemas"]["Figure"];
                    p50: components["schemas"]["Figure"];
                    p90: components["schemas"]["Figure"];
                    p95: components["schemas"]["Figure"];
                    p99: components["schemas"]["Figure"];
                    p999: components["schemas"]["Figure"];
                    max: number | null;
                } | null;
                coalescedPercent: number | null;
                mergedPercent: number | null;
                stalls: {
                    count: number;
                    longestMs: number | null;
                    timePercent: number | null;
                };
                ecdf: {
                    ttftMs: number[];
                    chunkGapMs: number[];
                } | null;
                tokens: {
                    input: number | null;
                    output: number | null;
                    reasoning: number | null;
                    cachedInputPercent: number | null;
                    /** @enum {string} */
                    source: "usage" | "chunk_usage" | "chunks";
                    askedInput: number | null;
                    askedOutput: number | null;
                };
                /** @default [] */
                objectives?: {
                    /** @enum {string} */
                    latency: "ttftMs" | "tpotMs" | "e2eMs";
                    boundMs: number;
                    met: boolean | null;
                    reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
                    nEff: number;
                    nEffNeeded: number | null;
                }[];
                sloMet: boolean | null;
                gpu: {
                    powerW: components["schemas"]["Figure"];
                    idlePowerW: components["schemas"]["Figure"];
                    energyJ: components["schemas"]["Figure"];
                    energyIntegralJ: components["schemas"]["Figure"];
                    utilPercent: components["schemas"]["Figure"];
                    /** @enum {string} */
                    energySource: "counter" | "integral";
                    coveragePercent: number;
                    throttledPercent: number | null;
                    /** @default null */
                    powerCappedPercent?: number | null;
                    /** @default null */
                    overheatedPercent?: number | null;
                    /** @default null */
                    smMHz?: number | null;
                    maxTempC: number | null;
                } | null;
                server: {
                    serverRunning: components["schemas"]["Figure"];
                    serverWaiting: components["schemas"]["Figure"];
                    kvPercent: components["schemas"]["Figure"];
                    kvPeakPercent: components["schemas"]["Figure"];
                    preemptions: components["schemas"]["Figure"];
                    prefixHitPercent: components["schemas"]["Figure"];
                    draftAcceptedPercent: components["schemas"]["Figure"];
                    serverQueueMs: components["schemas"]["Figure"];
                    serverPrefillMs: components["schemas"]["Figure"];
                    serverDecodeMs: components["schemas"]["Figure"];
                    serverTtftMs: components["schemas"]["Figure"];
                    ttftOutsideMs: components["schemas"]["Figure"];
                    serverTpotMs: components["schemas"]["Figure"];
                    serverRequestsPerS: components["schemas"]["Figure"];
                    serverOutputTokensPerS: components["schemas"]["Figure"];
                    serverInputTokensPerS: components["schemas"]["Figure"];
                    engine: string;
                    /** @enum {string} */
                    from: "load" | "agent";
                    scrapes: number;
                    /** @default 1 */
                    servers?: number;
                    /** @default null */
                    queue?: {
                        scrapes: number;
                        waitingPercent: number;
                        meanWaiting: number;
                        mostRunning: number | null;
                        atMostPercent: number | null;
                        kvFullPercent: number | null;
                        /** @default null */
                        kvFullAtMostPercent?: number | null;
                        meanKvPercent: number | null;
                    } | null;
                    requests: {
                        least: number;
                        most: number;
                        counted: number | null;
                        reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
                    };
                    outputTokens: {
                        least: number;
                        most: number;
                        counted: number | null;
                        reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
                    };
                    ttftAgreement: {
                        shiftMs: number;
                        edges: number;
                        largestGapPercent: number;
                        boundPercent: number;
                    } | null;
                } | null;
                /** @default null */
                host?: {
                    hostCpuPercent: components["schemas"]["Figure"];
                    hostBusiestPercent: components["schemas"]["Figure"];
                    hostStealPercent: components["schemas"]["Figure"];
                    cores: number | null;
                } | null;
            }[];
            versusFirst: {
                firstLevelId: string;
                rows: {
                    levelId: string;
                    throughputPercent: components["schemas"]["Figure"];
                    mfuPercent: components["schemas"]["Figure"];
                    ttftP95Percent: components["schemas"]["Figure"];
                }[];
            } | null;
            saturation: {
                /** @enum {string} */
                xUnit: "inFlight" | "ratePerS";
                points: string[];
                fits: {
                    /** @enum {string} */
                    family: "line" | "michaelis_menten" | "usl" | "exponential";
                    params: {
                        [key: string]: components["schemas"]["Figure"];
                    };
                    r2: number | null;
                    aicc: number | null;
                }[];
                chosen: ("line" | "michaelis_menten" | "usl" | "exponential") | null;
                /** @default [] */
                band?: {
                    load: number;
                    low: number;
                    high: number;
                }[];
                maxTokensPerS: components["schemas"]["Figure"];
                halfLoad: components["schemas"]["Figure"];
                currentPercentOfMax: components["schemas"]["Figure"];
                load95: components["schemas"]["Figure"];
                tokensPerSAt95: components["schemas"]["Figure"];
                nextLoadToTest: number | null;
                marginal: {
                    fromId: string;
                    toId: string;
                    gainPercent: components["schemas"]["Figure"];
                    tokensPerS: components["schemas"]["Figure"];
                    elasticity: components["schemas"]["Figure"];
                }[];
                firstBelow10PercentId: string | null;
                knee: components["schemas"]["Figure"];
                bestPerUserId: string | null;
            } | null;
            /** @default null */
            roofline?: {
                levelId: string;
                batch: number;
                contextTokens: number;
                replicas: number;
                weightBytes: number;
                kvBytesPerRequest: number;
                floorMsAt1: number;
                floorMs: number;
                /** @enum {string} */
                bound: "memory_bandwidth" | "compute";
                floorPercentOfTpot: number;
                largestBatch: number | null;
                maxTokensPerS: number | null;
                reachedPercent: number | null;
            } | null;
            findings: {
                code: string;
                sentence: string;
                /** @enum {string} */
                severity: "info" | "warn";
                refs: string[];
            }[];
            certificate: {
                arrivalClock: ("kernel" | "process") | null;
                addedTtftMs: components["schemas"]["Figure"];
                addedGapMs: components["schemas"]["Figure"];
                maxEventsPerS: components["schemas"]["Figure"];
                startSkewMs: components["schemas"]["Figure"];
                clockErrorMs: components["schemas"]["Figure"];
            };
            timeline: {
                startS: number;
                stepS: number;
                columns: {
                    [key: string]: (number | null)[];
                };
            };
            provenance: {
                generator: string;
                manifestSha256: string;
                seed: string;
                /** @enum {string} */
                platform: "local" | "aws";
                simulated: boolean;
                region: string | null;
                shards: number;
                missingShards: number;
            };
        };
        Delivery: {
            webhookId: string;
            /** @enum {string} */
            type: "job.started" | "level.completed" | "job.completed" | "job.partial" | "job.failed" | "job.cancelled" | "job.rejected";
            tries: number;
            at: string;
            /** @enum {string} */
            outcome: "delivered" | "failed" | "refused" | "disabled" | "switched_off";
            status: number | null;
            detail: string | null;
            nextAt: string | null;
            sequence: number;
        };
        DeliveryList: {
            deliveries: components["schemas"]["Delivery"][];
        };
        WebhookSecret: {
            secret: string;
        };
        RecordFiles: {
            files: {
                file: string;
                level: string;
                /** @enum {string} */
                role: "warmup" | "measured";
                repeat: number;
                shard: number;
            }[];
        };
        Downloads: {
            files: {
                file: string;
                /** @enum {string} */
                kind: "records" | "server" | "telemetry";
                bytes: number;
                sha256: string;
                url: string;
            }[];
            expiresAt: string;
        };
        Usage: {
            months: {
                jobs: number;
                requests: number;
                outputTokens: number;
                usd: number;
                jobsWithoutPrice: number;
                month: string;
                days: {
                    jobs: number;
                    requests: number;
                    outputTokens: number;
                    usd: number;
                    jobsWithoutPrice: number;
                    day: string;
                }[];
            }[];
            open: {
                jobs: number;
                most: number;
            };
            left: {
                requests: number | null;
                outputTokens: number | null;
                usd: number | null;
                until: string;
            };
        };
        ScheduleRequest: {
            name?: string;
            cron: string;
            /** @default UTC */
            timeZone?: string;
            job: components["schemas"]["JobRequest"];
        };
        Schedule: {
            id: string;
            name: string;
            job: {
                name?: string;
                /** @default [] */
                tags?: string[];
                endpoint: {
                    url: string;
                    model: string;
                    /**
                     * @default auto
                     * @enum {string}
                     */
                    api?: "chat" | "completions" | "responses" | "messages" | "embeddings" | "auto";
                    apiKey?: string;
                    apiKeyHeader?: string;
                    basic?: string;
                    secretHeaders?: {
                        [key: string]: string;
                    };
                    tls?: {
                        ca?: string;
                        cert?: string;
                        key?: string;
                    };
                    /** @default false */
                    showHost?: boolean;
                    headers?: {
                        [key: string]: string;
                    };
                    body?: {
                        [key: string]: components["schemas"]["Json_schema0"];
                    };
                    metricsUrl?: string | null;
                };
                /** @default {} */
                workload?: {
                    /** @default 256 */
                    inputTokens?: number | {
                        /** @enum {string} */
                        shape?: "normal" | "lognormal";
                        mean: number;
                        stdev: number;
                        min?: number;
                        max?: number;
                    } | {
                        min: number;
                        max: number;
                    };
                    /** @default 128 */
                    outputTokens?: number | {
                        /** @enum {string} */
                        shape?: "normal" | "lognormal";
                        mean: number;
                        stdev: number;
                        min?: number;
                        max?: number;
                    } | {
                        min: number;
                        max: number;
                    };
                    /** @default auto */
                    ignoreEos?: boolean | "auto";
                    images?: {
                        count: number;
                        width: number;
                        height: number;
                    };
                    prompts?: string[];
                    /** @default 0 */
                    temperature?: number;
                    /** @default true */
                    salt?: boolean;
                    /** @default 0 */
                    thinkTimeMs?: number;
                };
                /**
                 * @default {
                 *       "search": {}
                 *     }
                 */
                levels?: (number | {
                    concurrency: number;
                } | {
                    rate: number;
                    /** @enum {string} */
                    arrival?: "poisson" | "constant" | "gamma";
                    burstiness?: number;
                })[] | {
                    sweep: {
                        max: number;
                    };
                } | {
                    search: {
                        /**
                         * @default users
                         * @enum {string}
                         */
                        of?: "users" | "rate";
                        max?: number;
                        /** @default [] */
                        include?: number[];
                        /** @default 300 */
                        withinS?: number;
                        /** @enum {string} */
                        arrival?: "poisson" | "constant" | "gamma";
                        burstiness?: number;
                    };
                };
                warmup?: {
                    users: number;
                    requests: number;
                } | false;
                stop?: {
                    durationS?: number;
                    requests?: number;
                };
                rampS?: number;
                idleS?: number;
                /** @default 0 */
                waitS?: number;
                /** @default 1 */
                repeats?: number;
                precision?: {
                    percent: number;
                    /** @default 600 */
                    withinS?: number;
                };
                slo?: {
                    ttftMs?: number;
                    tpotMs?: number;
                    e2eMs?: number;
                    /** @default 95 */
                    percentile?: number;
                } | ("chat" | "interactive" | "summarise" | "mlperf-llama2-70b" | "mlperf-llama2-70b-interactive" | "mlperf-llama3.1-8b" | "mlperf-llama3.1-8b-interactive" | "mlperf-llama3.1-405b" | "mlperf-llama3.1-405b-interactive");
                model?: {
                    config: {
                        [key: string]: components["schemas"]["Json_schema1"];
                    };
                } | {
                    params: number;
                    activeParams?: number;
                    layers?: number;
                    dtype?: string;
                };
                gpu?: {
                    name?: string;
                    count?: number;
                    peakTflops?: number;
                    usdPerHour?: number;
                    prices?: {
                        [key: string]: number;
                    };
                };
                /** @default [] */
                agents?: string[];
                /** @default {} */
                limits?: {
                    maxRequests?: number;
                    maxOutputTokens?: number;
                    maxUsd?: number;
                    /** @default 7200 */
                    maxDurationS?: number;
                    /** @default {} */
                    timeouts?: {
                        /** @default 10000 */
                        connectMs?: number;
                        /** @default 120000 */
                        headersMs?: number;
                        /** @default 120000 */
                        idleMs?: number;
                        /** @default 900000 */
                        totalMs?: number;
                    };
                };
                webhook?: {
                    url: string;
                    secret?: string;
                    events?: ("job.started" | "level.completed" | "job.completed" | "job.partial" | "job.failed" | "job.cancelled" | "job.rejected")[];
                    /**
                     * @default event
                     * @enum {string}
                     */
                    format?: "event" | "slack" | "teams";
                };
                /** @enum {string} */
                visibility?: "public" | "unlisted" | "private";
                baseline?: string;
                seed?: string;
            };
            createdAt: string;
            cron: string;
            timeZone: string;
            next: string[];
            stopped: string | null;
            last: {
                at: string;
                job: string;
            } | null;
            missed: {
                at: string;
                why: string;
            }[];
        };
        ScheduleList: {
            schedules: components["schemas"]["Schedule"][];
        };
        KeyRequest: {
            name: string;
            scopes: ("submit" | "read" | "admin")[];
            /** Format: date-time */
            expiresAt?: string;
            caller?: string;
            limits?: {
                openJobs?: number;
                requestsPerDay?: number;
                outputTokensPerDay?: number;
                usdPerDay?: number;
            };
        };
        Key: {
            id: string;
            name: string;
            scopes: ("submit" | "read" | "admin")[];
            createdAt: string;
            expiresAt: string | null;
            revokedAt: string | null;
            lastUsedAt: string | null;
            caller: string;
            limits: {
                openJobs?: number;
                requestsPerDay?: number;
                outputTokensPerDay?: number;
                usdPerDay?: number;
            };
        };
        KeyMade: {
            id: string;
            name: string;
            scopes: ("submit" | "read" | "admin")[];
            createdAt: string;
            expiresAt: string | null;
            revokedAt: string | null;
            lastUsedAt: string | null;
            caller: string;
            limits: {
                openJobs?: number;
                requestsPerDay?: number;
                outputTokensPerDay?: number;
                usdPerDay?: number;
            };
            key: string;
        };
        KeyList: {
            keys: components["schemas"]["Key"][];
        };
        CompareRequest: {
            a: string;
            b: string;
            /** @default 3 */
            marginPercent?: number;
        };
        Trend: {
            /** @constant */
            schema: "brimline.trend/1";
            tag: string;
            model: string;
            sentence: string;
            notes: string[];
            jobs: {
                id: string;
                name: string;
                createdAt: string;
            }[];
            unlike: {
                count: number;
                why: string | null;
            };
            series: {
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
                figure: string;
                /** @enum {string} */
                unit: "percent" | "points";
                points: ({
                    value: number;
                    low: number | null;
                    high: number | null;
                } | null)[];
                noise: number | null;
                isJudged: boolean;
                steps: {
                    at: number;
                    since: {
                        id: string;
                        name: string;
                        createdAt: string;
                    };
                    before: {
                        id: string;
                        name: string;
                        createdAt: string;
                    };
                    /** @enum {string} */
                    verdict: "better" | "worse";
                    from: number;
                    to: number;
                    change: {
                        value: number;
                        low: number;
                        high: number;
                    };
                    chance: number;
                }[];
            }[];
        };
        Comparison: {
            /** @constant */
            schema: "brimline.comparison/1";
            a: {
                id: string;
                name: string;
                createdAt: string;
                model: string;
                tags: string[];
            };
            b: {
                id: string;
                name: string;
                createdAt: string;
                model: string;
                tags: string[];
            };
            marginPercent: number;
            /** @enum {string} */
            verdict: "better" | "worse" | "same" | "inconclusive";
            sentence: string;
            next: string | null;
            differs: string[];
            whyIndependent: string | null;
            gate: {
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
                levels: {
                    a: string;
                    b: string;
                };
                figure: string;
                a: components["schemas"]["Figure"];
                b: components["schemas"]["Figure"];
                pairing: ("twins" | "independent") | null;
                /** @enum {string} */
                unit: "percent" | "points";
                change: {
                    value: number;
                    low: number | null;
                    high: number | null;
                } | null;
                smallest: number | null;
                reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
                /** @enum {string} */
                verdict: "better" | "worse" | "same" | "inconclusive";
                p: number | null;
            }[];
            detail: {
                load: {
                    /** @constant */
                    kind: "concurrency";
                    users: number;
                } | {
                    /** @constant */
                    kind: "rate";
                    ratePerS: number;
                    /** @enum {string} */
                    arrival: "poisson" | "constant" | "gamma";
                    /** @default null */
                    burstiness?: number | null;
                };
                levels: {
                    a: string;
                    b: string;
                };
                figure: string;
                a: components["schemas"]["Figure"];
                b: components["schemas"]["Figure"];
                pairing: ("twins" | "independent") | null;
                /** @enum {string} */
                unit: "percent" | "points";
                change: {
                    value: number;
                    low: number | null;
                    high: number | null;
                } | null;
                smallest: number | null;
                reasons: ("too_few" | "too_correlated" | "too_short" | "not_steady" | "client_limited" | "coalesced" | "not_streamed" | "under_delivered" | "contaminated" | "shards_lost" | "late_start" | "clock_skew" | "endpoint_not_exclusive" | "telemetry_gap" | "counter_reset" | "no_telemetry" | "unknown_gpu" | "unknown_model" | "no_price" | "no_usage" | "usage_invalid" | "no_slo" | "estimated" | "not_identified" | "extrapolated" | "too_few_levels" | "rate_limited" | "endpoint_down" | "unproved" | "cancelled" | "budget" | "not_applicable" | "not_recorded" | "not_certified" | "no_interval" | "implausible" | "over_saturated" | "open_limit" | "energy_disagrees" | "censored" | "no_server_metrics" | "not_exported" | "server_metrics_partial")[];
            }[];
        };
        AgentRequest: {
            name: string;
            host: string;
            sources: {
                /** @enum {string} */
                source: "gpu" | "server" | "host";
                identities: {
                    index: number;
                    id: string;
                    name: string;
                    facts: {
                        [key: string]: string | number | null;
                    };
                }[];
            }[];
        };
        AgentEnrolled: {
            id: string;
            token: string;
        };
        Agent: {
            id: string;
            name: string;
            host: string;
            createdAt: string;
            sources: {
                /** @enum {string} */
                source: "gpu" | "server" | "host";
                identities: {
                    index: number;
                    id: string;
                    name: string;
                    facts: {
                        [key: string]: string | number | null;
                    };
                }[];
            }[];
        };
        SegmentsRequest: {
            segments: {
                /** @enum {string} */
                source: "gpu" | "server" | "host";
                boot: string;
                sequence: number;
                firstUnixMs: number;
                lastUnixMs: number;
                bytes: number;
            }[];
        };
        Uploads: {
            uploads: {
                url: string;
                headers: {
                    [key: string]: string;
                };
            }[];
            flush: boolean;
            rest: boolean;
        };
        ServerTime: {
            receivedUnixMs: number;
            answeredUnixMs: number;
        };
        ObjectiveList: {
            objectives: {
                /** @enum {string} */
                name: "chat" | "interactive" | "summarise" | "mlperf-llama2-70b" | "mlperf-llama2-70b-interactive" | "mlperf-llama3.1-8b" | "mlperf-llama3.1-8b-interactive" | "mlperf-llama3.1-405b" | "mlperf-llama3.1-405b-interactive";
                ttftMs: number;
                tpotMs: number;
                percentile: number;
                about: string;
                source: string;
            }[];
        };
        Health: {
            /** @constant */
            status: "ok";
            generator: string;
        };
        Ready: {
            /** @constant */
            status: "ready";
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            errors?: {
                pointer?: string;
                parameter?: string;
                detail: string;
            }[];
        };
        Json_schema0: unknown;
        Json_schema1: unknown;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listJobs: {
        parameters: {
            query?: {
                cursor?: string;
                /** @example 5 */
                limit?: number;
                /** @example nightly */
                tag?: string;
                model?: string;
                gpu?: string;
                state?: "queued" | "preflight" | "running" | "reporting" | "completed" | "partial" | "cancelled" | "failed" | "rejected";
                since?: string;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description JobList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitJob: {
        parameters: {
            query?: never;
            header?: {
                /** @example nightly-2026-11-30 */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly, llama-3.1-8b",
                 *       "tags": [
                 *         "nightly"
                 *       ],
                 *       "endpoint": {
                 *         "url": "http://127.0.0.1:8000/v1",
                 *         "model": "llama-3.1-8b"
                 *       },
                 *       "workload": {
                 *         "inputTokens": 256,
                 *         "outputTokens": 32
                 *       },
                 *       "levels": [
                 *         4
                 *       ],
                 *       "stop": {
                 *         "requests": 24
                 *       },
                 *       "slo": {
                 *         "ttftMs": 500,
                 *         "percentile": 90
                 *       },
                 *       "webhook": {
                 *         "url": "https://example.com/brimline",
                 *         "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                 *         "events": [
                 *           "level.completed",
                 *           "job.completed"
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description Job */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description in_flight: The same request is being answered */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; address_refused: This address may not be called; host_not_canonical: The host is written in an unusual way; idempotency_mismatch: This Idempotency-Key belongs to another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute; too_many_jobs: Too many jobs are open; limit_reached: A limit of your key is reached */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_ready: The service is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    planJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint": {
                 *         "url": "http://127.0.0.1:8000/v1",
                 *         "model": "llama-3.1-8b"
                 *       },
                 *       "levels": [
                 *         8,
                 *         32
                 *       ],
                 *       "stop": {
                 *         "requests": 320
                 *       },
                 *       "gpu": {
                 *         "usdPerHour": 0.39
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description Plan */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; address_refused: This address may not be called; host_not_canonical: The host is written in an unusual way */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Done; without a body */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; without a body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_ended: The job has not ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tags": [
                 *         "nightly",
                 *         "a40"
                 *       ],
                 *       "visibility": "private"
                 *     }
                 */
                "application/json": components["schemas"]["JobChange"];
            };
        };
        responses: {
            /** @description Job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description conflict: The request does not fit the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description already_ended: The job has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerunJob: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "seed": "new",
                 *       "name": "Nightly, once more"
                 *     }
                 */
                "application/json": components["schemas"]["Rerun"];
            };
        };
        responses: {
            /** @description Job */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description in_flight: The same request is being answered */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; address_refused: This address may not be called; host_not_canonical: The host is written in an unusual way; idempotency_mismatch: This Idempotency-Key belongs to another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute; too_many_jobs: Too many jobs are open; limit_reached: A limit of your key is reached */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_ready: The service is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: never;
            header?: {
                "last-event-id"?: string;
            };
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @enum {string} */
                        event: "progress" | "job.started" | "level.completed" | "job.completed" | "job.partial" | "job.failed" | "job.cancelled" | "job.rejected";
                        /** @description JSON: a Job of `progress`, an Event of every other */
                        data: string;
                        /** @description The number of the event; `progress` has none */
                        id?: string;
                    };
                };
            };
            /** @description Done; without a body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Report */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description Done; without a body */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here; no_report: There is no report yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRecords: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description RecordFiles */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordFiles"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readRecords: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
                /** @example l01-r0-a1-shard-000.parquet */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A Parquet file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apache.parquet": string;
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDownloads: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Downloads */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Downloads"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here; no_report: There is no report yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readDownload: {
        parameters: {
            query: {
                /** @example 1796026500 */
                expires?: number | null;
                /** @example Yk3Jm1vVYt0S8sZ3nq0n7mV0b2bq1z6l9yq5cF7o2uE */
                signature: string;
            };
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
                /** @example l01-r0-a1-shard-000.parquet */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apache.parquet": string;
                    "application/gzip": string;
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here; no_report: There is no report yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description DeliveryList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
                /** @example 2 */
                n: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delivery */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description conflict: The request does not fit the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 6m1u0v2kq8s4xw9d3h7b */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDgmc3cXxhUIs="
                 *     }
                 */
                "application/json": components["schemas"]["WebhookSecret"];
            };
        };
        responses: {
            /** @description Done; without a body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description conflict: The request does not fit the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compareReports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "a": "2c8r5n0y7j1t9f4g6l3p",
                 *       "b": "6m1u0v2kq8s4xw9d3h7b",
                 *       "marginPercent": 3
                 *     }
                 */
                "application/json": components["schemas"]["CompareRequest"];
            };
        };
        responses: {
            /** @description Comparison */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here; no_report: There is no report yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description deleted: The job was deleted */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; not_comparable: The reports do not measure the same */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ScheduleList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleList"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @example nightly */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly",
                 *       "cron": "30 2 * * *",
                 *       "timeZone": "Europe/Berlin",
                 *       "job": {
                 *         "tags": [
                 *           "nightly"
                 *         ],
                 *         "endpoint": {
                 *           "url": "http://127.0.0.1:8000/v1",
                 *           "model": "llama-3.1-8b"
                 *         },
                 *         "levels": [
                 *           4
                 *         ],
                 *         "stop": {
                 *           "requests": 24
                 *         },
                 *         "baseline": "last:nightly"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRequest"];
            };
        };
        responses: {
            /** @description Schedule */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description conflict: The request does not fit the present state; in_flight: The same request is being answered */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; address_refused: This address may not be called; host_not_canonical: The host is written in an unusual way; idempotency_mismatch: This Idempotency-Key belongs to another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3k8w1r6m0z4v9c2x7b5n */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Schedule */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 3k8w1r6m0z4v9c2x7b5n */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; without a body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readTrend: {
        parameters: {
            query: {
                /** @example nightly */
                tag: string;
                figure?: "outputTokensPerS" | "requestsPerS" | "ttftMs.p95" | "tpotMs.p95" | "goodPercent" | "joulePerOutputToken" | "ttftMs.mean" | "tpotMs.mean" | "inputTokensPerS" | "ttftMs.p50" | "ttftMs.p90" | "ttftMs.p99" | "tpotMs.p50" | "tpotMs.p90" | "tpotMs.p99" | "e2eMs.mean" | "e2eMs.p50" | "e2eMs.p90" | "e2eMs.p95" | "e2eMs.p99" | "chunkGapMs.p50" | "chunkGapMs.p95" | "chunkGapMs.p99" | "mfuPercent" | "usdPerMOutputTokens";
                /** @example 40 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Trend */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trend"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description no_report: There is no report yet */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description KeyList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "ci",
                 *       "scopes": [
                 *         "submit",
                 *         "read"
                 *       ],
                 *       "expiresAt": "2036-11-30T08:00:00Z",
                 *       "limits": {
                 *         "openJobs": 5,
                 *         "requestsPerDay": 100000
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description KeyMade */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyMade"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description conflict: The request does not fit the present state */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5t2j9d6p1f8h3s0n7q4y */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; without a body */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enrolAgent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "gpu-host-1",
                 *       "host": "gpu-host-1.example",
                 *       "sources": [
                 *         {
                 *           "source": "gpu",
                 *           "identities": [
                 *             {
                 *               "index": 0,
                 *               "id": "GPU-51a00000-b41a-4e00-8000-000000000040",
                 *               "name": "NVIDIA A40",
                 *               "facts": {}
                 *             }
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["AgentRequest"];
            };
        };
        responses: {
            /** @description AgentEnrolled */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentEnrolled"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b4e7k2z0a5w8q1x6d3s */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    requestUploads: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b4e7k2z0a5w8q1x6d3s */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "segments": [
                 *         {
                 *           "source": "gpu",
                 *           "boot": "4f1c9e2a",
                 *           "sequence": 7,
                 *           "firstUnixMs": 1796025600000,
                 *           "lastUnixMs": 1796025605000,
                 *           "bytes": 4096
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["SegmentsRequest"];
            };
        };
        responses: {
            /** @description Uploads */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Uploads"];
                };
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9b4e7k2z0a5w8q1x6d3s */
                id: string;
                /** @example 1796025600000-1796025605000-gpu-4f1c9e2a-00000007 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/gzip": string;
            };
        };
        responses: {
            /** @description Done; without a body */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description malformed_body: The body is not JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description already_stored: This segment is stored already */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description body_too_large: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description unsupported_media_type: This kind of body is not taken */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid; bad_gzip: The body is not a gzipped segment; decompressed_too_large: The segment is too large when unpacked */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description disk_full: The service has no space left */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readUsage: {
        parameters: {
            query?: {
                /** @example 3 */
                months?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Usage */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listObjectives: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ObjectiveList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectiveList"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readTime: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ServerTime */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerTime"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_requests: Too many requests in a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Health */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_ready: The service is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus' text form */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description unauthorized_caller: A valid key is needed */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description forbidden: Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not_found: There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description misdirected: This service does not go by that host name */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_request: The request is not valid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description internal: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    onJobStarted: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onLevelCompleted: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCompleted: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobPartial: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCancelled: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobRejected: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same for every try */
                "webhook-id": string;
                /** @description The time of the try, Unix s */
                "webhook-timestamp": string;
                /** @description `v1,` and the HMAC-SHA256 of id, timestamp and body, by Standard Webhooks */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description The receiver wants no more events of this job */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Taken */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Tried again later, ten times over 75 hours */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
