namespace MlOps.Infra.Tests.Bicep;

internal sealed class BicepSyntaxException(string file, int line, string problem) : Exception($"{file}:{line}: {problem}");
