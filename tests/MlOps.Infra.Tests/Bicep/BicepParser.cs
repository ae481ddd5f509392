namespace MlOps.Infra.Tests.Bicep;

/// <summary>Reads the part of Bicep that infra/ uses; anything else is an error with its line.</summary>
internal sealed class BicepParser
{
    private readonly string _file;
    private readonly IReadOnlyList<BicepToken> _tokens;
    private readonly List<Declaration> _declarations = [];
    private int _at;

    private BicepParser(string file, string source) => (_file, _tokens) = (file, BicepLexer.Read(file, source));

    private BicepToken Next => _tokens[_at];

    public static BicepFile Read(string path)
    {
        var source = File.ReadAllText(path);
        var parser = new BicepParser(path, source);
        parser.ReadFile();
        return new BicepFile(path, source, parser._declarations);
    }

    private void ReadFile()
    {
        for (SkipLines(); Next.Kind is not TokenKind.End; SkipLines())
        {
            if (Next.Is("@")) ReadDecorator();
            else ReadStatement(null);
        }
    }

    private void ReadDecorator()
    {
        Take("@");
        ReadExpression();
    }

    private void ReadStatement(Declaration? parent)
    {
        var keyword = TakeWord();
        switch (keyword.Value)
        {
            case "targetScope":
                Take("=");
                ReadExpression();
                break;
            case "param":
                ReadParameter();
                break;
            case "var":
                var variable = TakeWord();
                Take("=");
                _declarations.Add(new(DeclarationKind.Variable, variable.Value, variable.Line) { Body = ReadExpression() });
                break;
            case "output":
                var output = TakeWord();
                TakeWord();
                Take("=");
                _declarations.Add(new(DeclarationKind.Output, output.Value, output.Line) { Body = ReadExpression() });
                break;
            case "resource":
                ReadBlock(DeclarationKind.Resource, parent);
                break;
            case "module":
                ReadBlock(DeclarationKind.Module, null);
                break;
            default:
                throw Unexpected(keyword);
        }

        if (Next.Kind is not (TokenKind.NewLine or TokenKind.End)) throw Unexpected(Next);
    }

    private void ReadParameter()
    {
        var name = TakeWord();
        TakeWord();
        var hasDefault = TryTake("=");
        _declarations.Add(new(DeclarationKind.Parameter, name.Value, name.Line) { HasDefault = hasDefault, Body = hasDefault ? ReadExpression() : null });
    }

    private void ReadBlock(DeclarationKind kind, Declaration? parent)
    {
        var name = TakeWord();
        var target = Next.Kind is TokenKind.Text ? _tokens[_at++].Value : throw Unexpected(Next);
        TryTake("existing");
        Take("=");
        Expression? condition = null;
        if (TryTake("if"))
        {
            Take("(");
            condition = ReadExpression();
            Take(")");
        }

        var declaration = new Declaration(kind, name.Value, name.Line) { Target = target, Condition = condition, Parent = parent };
        var place = _declarations.Count;
        _declarations.Add(declaration);
        _declarations[place] = declaration with { Body = Next.Is("[") ? ReadExpression() : ReadObject(declaration) };
    }

    private Expression ReadExpression()
    {
        var first = ReadOperand();
        var operands = new List<Expression> { first };
        while (true)
        {
            if (Next.Kind is TokenKind.Sign && Next.Value is "==" or "!=" or "<" or ">" or "<=" or ">=" or "&&" or "||" or "??" or "+" or "-" or "*" or "/" or "%")
            {
                _at++;
                operands.Add(ReadOperand());
            }
            else if (TryTake("?"))
            {
                operands.Add(ReadExpression());
                Take(":");
                operands.Add(ReadExpression());
            }
            else
            {
                return operands.Count is 1 ? first : new OperationExpression(operands, first.Line);
            }
        }
    }

    private Expression ReadOperand()
    {
        if (TryTake("!") || TryTake("-")) return ReadOperand();
        var operand = ReadPrimary();
        while (true)
        {
            var line = Next.Line;
            if (TryTake(".") || TryTake(".?")) operand = new MemberExpression(operand, TakeWord().Value, Nested: false, line);
            else if (TryTake("::")) operand = new MemberExpression(operand, TakeWord().Value, Nested: true, line);
            else if (Next.Is("!") && !_tokens[_at + 1].Is("=")) _at++;
            else if (TryTake("(")) operand = new CallExpression(operand, ReadUntil(")"), line);
            else if (TryTake("[")) operand = new OperationExpression([operand, .. ReadUntil("]")], line);
            else return operand;
        }
    }

    private Expression ReadPrimary()
    {
        var token = Next;
        switch (token.Kind)
        {
            case TokenKind.Text:
                _at++;
                return new TextExpression(token.Value, [.. token.Interpolations.Select(source => new BicepParser(_file, source).ReadExpression())], token.Line);
            case TokenKind.Number:
                _at++;
                return new PlainExpression(token.Value, token.Line);
            case TokenKind.Word:
                _at++;
                return token.Value is "true" or "false" or "null" ? new PlainExpression(token.Value, token.Line) : new NameExpression(token.Value, token.Line);
        }

        if (token.Is("{")) return ReadObject(null);
        if (token.Is("[")) return ReadList();
        if (!TryTake("(")) throw Unexpected(token);
        var inner = ReadExpression();
        Take(")");
        return inner;
    }

    private Expression ReadList()
    {
        var line = Next.Line;
        Take("[");
        SkipLines();
        if (!TryTake("for")) return new ListExpression(ReadUntil("]"), line);

        var variable = TakeWord();
        Take("in");
        var over = ReadExpression();
        Take(":");
        var body = ReadExpression();
        SkipLines();
        Take("]");
        return new ForExpression(variable.Value, over, body, line);
    }

    private List<Expression> ReadUntil(string end)
    {
        var items = new List<Expression>();
        for (SkipSeparators(); !TryTake(end); SkipSeparators()) items.Add(ReadExpression());
        return items;
    }

    private ObjectExpression ReadObject(Declaration? owner)
    {
        var line = Next.Line;
        var properties = new List<(Expression, Expression)>();
        Take("{");
        for (SkipSeparators(); !TryTake("}"); SkipSeparators())
        {
            if (owner is not null && Next.Is("resource") && !_tokens[_at + 1].Is(":"))
            {
                ReadStatement(owner);
                continue;
            }

            var key = ReadPrimary();
            Take(":");
            properties.Add((key, ReadExpression()));
        }

        return new ObjectExpression(properties, line);
    }

    private void SkipLines()
    {
        while (Next.Kind is TokenKind.NewLine) _at++;
    }

    private void SkipSeparators()
    {
        while (Next.Kind is TokenKind.NewLine || Next.Is(",")) _at++;
    }

    private BicepToken TakeWord() => Next.Kind is TokenKind.Word ? _tokens[_at++] : throw Unexpected(Next);

    private void Take(string value)
    {
        if (!TryTake(value)) throw new BicepSyntaxException(_file, Next.Line, $"expected '{value}', found '{Next.Value}'");
    }

    private bool TryTake(string value)
    {
        if (!Next.Is(value)) return false;
        _at++;
        return true;
    }

    private BicepSyntaxException Unexpected(BicepToken token) => new(_file, token.Line, $"'{token.Value}' is not expected here");
}
