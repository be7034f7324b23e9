/** What is installed of LiteLLM. */
export const LITELLM = "litellm[proxy]==1.108.7";

/** Its configuration with one engine behind it, at a base URL with /v1. */
export const litellmConfig = ({ apiBase, model }: { apiBase: string; model: string }): string =>
  JSON.stringify({
    model_list: [
      {
        model_name: model,
        litellm_params: { model: `hosted_vllm/${model}`, api_base: apiBase, api_key: "none" },
      },
    ],
  });

/** It takes callers without a key, and asks nobody for the prices of models. */
export const LITELLM_ENV = {
  LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
  LITELLM_LOCAL_MODEL_COST_MAP: "True",
};
