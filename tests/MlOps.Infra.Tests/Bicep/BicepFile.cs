namespace MlOps.Infra.Tests.Bicep;

internal enum DeclarationKind
{
    Parameter,
    Variable,
    Resource,
    Module,
    Output,
}

/// <summary>One <c>param</c>, <c>var</c>, <c>resource</c>, <c>module</c> or <c>output</c>; nested resources are declared inside their parent.</summary>
internal sealed record Declaration(DeclarationKind Kind, string Name, int Line)
{
    /// <summary>A resource's type with its version, or a module's path.</summary>
    public string Target { get; init; } = "";

    public bool HasDefault { get; init; }

    public Expression? Body { get; init; }

    public Expression? Condition { get; init; }

    public Declaration? Parent { get; init; }
}

/// <summary>One file: what it declares, in order.</summary>
internal sealed record BicepFile(string Path, string Source, IReadOnlyList<Declaration> Declarations)
{
    public IEnumerable<Declaration> Of(DeclarationKind kind) => Declarations.Where(d => d.Kind == kind);
}

/// <summary>An expression, as far as references go.</summary>
internal abstract record Expression(int Line)
{
    /// <summary>Its parts, in order.</summary>
    public virtual IEnumerable<Expression> Parts => [];

    public IEnumerable<Expression> All() => Parts.SelectMany(p => p.All()).Prepend(this);
}

internal sealed record TextExpression(string Value, IReadOnlyList<Expression> Interpolations, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => Interpolations;
}

internal sealed record PlainExpression(string Value, int Line) : Expression(Line);

internal sealed record NameExpression(string Name, int Line) : Expression(Line);

internal sealed record MemberExpression(Expression Of, string Name, bool Nested, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => [Of];
}

internal sealed record CallExpression(Expression Function, IReadOnlyList<Expression> Arguments, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => Arguments.Prepend(Function);
}

internal sealed record OperationExpression(IReadOnlyList<Expression> Operands, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => Operands;
}

internal sealed record ListExpression(IReadOnlyList<Expression> Items, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => Items;
}

internal sealed record ForExpression(string Variable, Expression Over, Expression Body, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => [Over, Body];
}

internal sealed record ObjectExpression(IReadOnlyList<(Expression Key, Expression Value)> Properties, int Line) : Expression(Line)
{
    public override IEnumerable<Expression> Parts => Properties.SelectMany(p => new[] { p.Key, p.Value });

    public Expression? Find(string name) =>
        Properties.Where(p => p.Key is NameExpression n && n.Name == name || p.Key is TextExpression t && t.Value == name).Select(p => p.Value).FirstOrDefault();
}
