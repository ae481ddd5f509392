namespace MlOps.Infra.Tests.Bicep;

internal enum TokenKind
{
    Word,
    Number,
    Text,
    Sign,
    NewLine,
    End,
}

/// <summary>One token; a text carries the sources of its interpolated expressions.</summary>
internal sealed record BicepToken(TokenKind Kind, string Value, int Line, IReadOnlyList<string> Interpolations)
{
    public bool Is(string value) => Kind is TokenKind.Word or TokenKind.Sign && Value == value;
}
