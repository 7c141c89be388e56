declare const config: {
  forbidden: readonly { name: string }[];
  options: { tsConfig: unknown } & Record<string, unknown>;
};
export default config;
