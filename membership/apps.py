from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = "Adhésions"

    def ready(self) -> None:
        from billing import addressees, elsewhere
        from documents import held
        from membership import answering, refused_files, transfers
        from membership.models import Application, Member
        from membership.permissions import ensure_groups

        held.register(Application, refused_files.tell)
        elsewhere.register(transfers.papers)
        addressees.register(Member, addressees.People(answering.answering, answering.to_tell, answering.billed))
        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="membership.groups")
