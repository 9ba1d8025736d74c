"""The help of step 5, which its page finds by its key: there from the start, and never put back over others' words."""

from django.db import migrations

SLUG, TITLE = "categorie-suivi", "Quelle catégorie de suivi choisir ?"
PARAGRAPHS = [
    (
        "Le suivi dépend des risques du poste, pas de la santé de la personne. Ne nous indiquez jamais d’information "
        "médicale. En cas de doute, choisissez « Simple » : votre médecin du travail corrigera avec vous."
    ),
    (
        "Simple (SI) : le cas général. La visite d’information et de prévention a lieu dans les 3 mois qui suivent "
        "l’embauche, puis au moins tous les 5 ans."
    ),
    (
        "Adapté (SIA) : travail de nuit, moins de 18 ans, reconnaissance de travailleur handicapé ou pension "
        "d’invalidité, grossesse ou allaitement, agents biologiques du groupe 2, champs électromagnétiques au-delà "
        "des limites. La visite revient en général au moins tous les 3 ans ; pour le travail de nuit et les moins de "
        "18 ans, elle précède la prise de poste."
    ),
    (
        "Renforcé (SIR) : amiante, plomb (dans les conditions fixées par le code du travail), agents cancérogènes, "
        "mutagènes ou toxiques pour la reproduction, agents biologiques des groupes 3 et 4, rayonnements ionisants, "
        "milieu hyperbare, montage et démontage d’échafaudages, jeunes de moins de 18 ans affectés à des travaux "
        "réglementés, port de charges de plus de 55 kg, et les postes que l’employeur a inscrits sur sa liste. "
        "L’examen d’aptitude précède la prise de poste, puis revient au moins tous les 4 ans, avec une visite "
        "intermédiaire dans les 2 ans."
    ),
    (
        "Depuis le 1er octobre 2025, l’habilitation électrique et l’autorisation de conduite (chariot élévateur, "
        "nacelle, engin…) n’entraînent plus à elles seules un suivi renforcé. Le salarié a besoin d’une attestation "
        "d’absence de contre-indications médicales, que le médecin du travail délivre pour 5 ans. Un cariste sans "
        "autre risque relève donc du suivi simple."
    ),
]


def fill(apps, schema_editor):
    defaults = {"title": TITLE, "body": "\n\n".join(PARAGRAPHS)}
    apps.get_model("membership", "HelpText").objects.get_or_create(slug=SLUG, defaults=defaults)


class Migration(migrations.Migration):
    dependencies = [("membership", "0020_dossier_messages")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
