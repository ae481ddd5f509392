namespace MlOps.Infra.Tests.Bicep;

/// <summary>Every Bicep file below a folder, and what is wrong between them.</summary>
internal sealed class BicepProject
{
    private static readonly string[] s_builtins =
    [
        "az", "subscription", "resourceGroup", "tenant", "deployment", "environment", "uniqueString", "guid", "toLower", "toUpper", "empty", "union", "json", "concat", "format", "contains",
        "subscriptionResourceId", "resourceId", "items", "length", "replace", "take", "split", "join", "string", "int", "bool",
        // Decorators and the types of parameters.
        "description", "minLength", "maxLength", "minValue", "maxValue", "allowed", "secure",
    ];

    private readonly Dictionary<string, BicepFile> _files;

    private BicepProject(Dictionary<string, BicepFile> files) => _files = files;

    public IEnumerable<BicepFile> Files => _files.Values;

    /// <exception cref="BicepSyntaxException">A file cannot be read.</exception>
    public static BicepProject Read(string folder) => new(
        Directory.EnumerateFiles(folder, "*.bicep", SearchOption.AllDirectories).ToDictionary(Path.GetFullPath, BicepParser.Read, StringComparer.Ordinal));

    public BicepFile File(string path) => _files[Path.GetFullPath(path)];

    /// <summary>All that does not fit, a line each: <c>main.bicep:12: …</c>.</summary>
    public IReadOnlyList<string> Problems() =>
        [.. _files.Values.SelectMany(f => UnknownNames(f).Concat(UnusedNames(f)).Concat(ModuleProblems(f))).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> UnknownNames(BicepFile file)
    {
        var known = file.Declarations.Select(d => d.Name).Concat(s_builtins).ToHashSet(StringComparer.Ordinal);
        foreach (var declaration in file.Declarations)
        {
            var roots = new[] { declaration.Body, declaration.Condition }.OfType<Expression>().ToList();
            var variables = roots.SelectMany(r => r.All()).OfType<ForExpression>().Select(f => f.Variable).ToHashSet(StringComparer.Ordinal);
            foreach (var name in roots.SelectMany(References).Where(n => !known.Contains(n.Name) && !variables.Contains(n.Name)))
                yield return At(file, name.Line, $"'{name.Name}' is not declared");
            foreach (var nested in roots.SelectMany(r => r.All()).OfType<MemberExpression>().Where(m => m.Nested && !file.Of(DeclarationKind.Resource).Any(r => r.Parent is not null && r.Name == m.Name)))
                yield return At(file, nested.Line, $"'::{nested.Name}' is no nested resource");
        }
    }

    private static IEnumerable<string> UnusedNames(BicepFile file)
    {
        var used = file.Declarations.SelectMany(d => new[] { d.Body, d.Condition }).OfType<Expression>().SelectMany(References).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        return file.Declarations
            .Where(d => d.Kind is DeclarationKind.Parameter or DeclarationKind.Variable && !used.Contains(d.Name))
            .Select(d => At(file, d.Line, $"'{d.Name}' is declared and never used"));
    }

    private IEnumerable<string> ModuleProblems(BicepFile file)
    {
        foreach (var module in file.Of(DeclarationKind.Module))
        {
            if (!_files.TryGetValue(PathOf(file, module), out var target))
            {
                yield return At(file, module.Line, $"module '{module.Target}' does not exist");
                continue;
            }

            foreach (var problem in ParameterProblems(file, module, target).Concat(OutputProblems(file, module, target))) yield return problem;
        }
    }

    private static IEnumerable<string> ParameterProblems(BicepFile file, Declaration module, BicepFile target)
    {
        var given = (module.Body as ObjectExpression)?.Find("params") is ObjectExpression p ? p.Properties.Select(x => x.Key).OfType<NameExpression>().Select(n => n.Name).ToHashSet(StringComparer.Ordinal) : [];
        var declared = target.Of(DeclarationKind.Parameter).ToList();
        foreach (var extra in given.Where(g => declared.TrueForAll(d => d.Name != g))) yield return At(file, module.Line, $"'{extra}' is no parameter of {module.Target}");
        foreach (var missing in declared.Where(d => !d.HasDefault && !given.Contains(d.Name))) yield return At(file, module.Line, $"parameter '{missing.Name}' of {module.Target} is missing");
    }

    /// <summary>Outputs are asked for as <c>module.outputs.name</c>; each one that a module has must be asked for somewhere.</summary>
    private static IEnumerable<string> OutputProblems(BicepFile file, Declaration module, BicepFile target)
    {
        var asked = file.Declarations.SelectMany(d => new[] { d.Body, d.Condition }).OfType<Expression>().SelectMany(e => e.All()).OfType<MemberExpression>()
            .Where(m => m.Of is MemberExpression { Name: "outputs", Of: NameExpression name } && name.Name == module.Name).ToList();
        var declared = target.Of(DeclarationKind.Output).Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var unknown in asked.Where(a => !declared.Contains(a.Name))) yield return At(file, unknown.Line, $"{module.Target} has no output '{unknown.Name}'");
        foreach (var unused in declared.Where(d => asked.TrueForAll(a => a.Name != d))) yield return At(file, module.Line, $"output '{unused}' of {module.Target} is used by nobody");
    }

    /// <summary>Names that an expression refers to: keys of objects and members are none.</summary>
    private static IEnumerable<NameExpression> References(Expression expression) => expression switch
    {
        NameExpression name => [name],
        ObjectExpression o => o.Properties.SelectMany(p => (p.Key is NameExpression ? [] : References(p.Key)).Concat(References(p.Value))),
        _ => expression.Parts.SelectMany(References),
    };

    private static string PathOf(BicepFile file, Declaration module) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file.Path)!, module.Target));

    private static string At(BicepFile file, int line, string problem) => $"{Path.GetFileName(file.Path)}:{line}: {problem}";
}
