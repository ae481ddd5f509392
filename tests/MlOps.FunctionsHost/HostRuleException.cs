namespace MlOps.FunctionsHost;

/// <summary>The application did what a Functions host or its Durable Task extension would not take.</summary>
internal sealed class HostRuleException(string rule) : Exception(rule);
